"""Blueprint generators: many recipes that call each other. The model gives minimal valid responses."""

import re

from texts import stand_in_order

GUIDES = ["COMPONENT_DOCS_SPEC_GUIDE", "IMPLEMENTATION_PHILOSOPHY", "MODULAR_DESIGN_PHILOSOPHY", "UML_MERMAID_GUIDE"]

IDEA = "recipes/experimental/blueprint_generator/prompts/dashboard_idea.md"


def fitting(schema, names, items, name=""):
    """Value of a schema: lists of `items` items, strings from `names` or with the field's name."""
    match schema.get("type", "string"):
        case "object":
            members = schema.get("properties", {}).items()
            return {member: fitting(inner, names, items, member) for member, inner in members}
        case "array":
            return [fitting(schema.get("items", {}), names[index:], items, name) for index in range(items)]
        case "boolean":
            return name != "needs_analysis" and (name != "needs_splitting" or items > 1)
        case "integer" | "number":
            return 1
        case _:
            return names[0] if name in ("id", "component_id") else f"{name} of {names[0]}"


def put_guides(place):
    for guide in GUIDES:
        place.put(f"ai_context/{guide}.md", f"the guide {guide}")


def blueprints_of_a_project(place):
    put_guides(place)
    components = {1: ["main"], 2: ["storage", "charts"]}
    for count, names in components.items():

        def say(question):
            if question.schema_name == "files":
                path = re.search(r"[\w/]+_(?:docs|spec)\.md", question.prompt)
                return {"files": [{"path": path.group().rsplit("/")[-1] if path else "all.md", "content": "# All\n"}]}
            return fitting(question.schema, names, count) if question.schema else "text"

        # The recipe has a field that the step does not have.
        run = place.run(
            "recipes/experimental/blueprint_generator_v4/build.json",
            say,
            warns=True,
            project_spec=IDEA,
            output_dir="output",
            model="openai/o4-mini",
        )
        assert place.file(IDEA) in run.asked[0].prompt
        stand_in_order(run.asked[0].prompt, [f"the guide {guide}" for guide in GUIDES[1:3]])
        for name in names:
            for kind in ["clarification_questions", "candidate_spec", "refined_spec", "approval_result", "diagrams"]:
                path = f"output/components/{name}/{kind}.json"
                assert path in run.written, sorted(run.written)
        assert "output/analysis/analysis_result.json" in run.written
        assert len(run.asked) == 1 + 7 * count, len(run.asked)


def blueprints_in_stages(place):
    put_guides(place)

    def say(question):
        if question.schema_name == "files":
            name = "summary"
            if "'initial_project_spec.md'" in question.prompt:
                name = "initial_project_spec"
            elif "component_id of 'main_component'" in question.prompt:
                name = "main_component_spec"
            return {"files": [{"path": f"{name}.md", "content": f"# {name}\n"}]}
        return fitting(question.schema, ["main_component"], 1) if question.schema else "text"

    recipe = "recipes/experimental/blueprint_generator/build.json"
    run = place.run(recipe, say, raw_idea_path=IDEA, output_dir="output")
    assert len(run.asked) == 18, len(run.asked)
    assert run.written["output/specs/initial_project_spec.md"] == b"# initial_project_spec\n"
    assert run.written["output/blueprints/main_component/summary.md"] == b"# summary\n"
    assert run.written["output/reports/summary.md"] == b"# summary\n"


CASES = [blueprints_of_a_project, blueprints_in_stages]
