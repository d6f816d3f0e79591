"""Examples and tools: each runs like its author runs it, with scripted responses and expected results."""

import json
import re

from documents import DOCUMENT, RESOURCES
from model import Calls
from texts import between, stand_in_order


def content_of_an_idea(place):
    recipe = "recipes/example_content_writer/generate_content.json"
    data = "recipes/example_content_writer/data"
    idea, voice = f"{data}/ai_took_my_job-what_now.md", f"{data}/embracing_ai_for_adhd_assistance.md"
    more = "recipes/example_content_writer/recipe_creator_idea/content_from_idea.md"
    article = "# Now What?\n\nThe robots came.\n\n```json\n{\"a\": 1}\n```\n"

    def say(question):
        assert question.schema_name == "files", question.schema
        root = between(question.prompt, '"path\\": \\"', "/<slug")
        return {"files": [{"path": f"{root}/now-what.md", "content": article}]}

    run = place.run(recipe, say, idea=idea)
    assert run.text("output/now-what.md") == article
    (question,) = run.asked
    assert place.file(idea) in question.prompt
    assert "<ADDITIONAL_FILES>" not in question.prompt.split("Using the IDEA")[0]

    run = place.run(recipe, say, idea=idea, files=more, reference_content=voice, output_root="output/posts", model="azure/o4-mini")
    assert run.text("output/posts/now-what.md") == article
    (question,) = run.asked
    stand_in_order(question.prompt, [place.file(idea), place.file(more), place.file(voice)])


def a_quarterly_report(place):
    recipe = "recipes/example_quarterly_report/demo_quarterly_report_recipe.json"
    data = "recipes/example_quarterly_report/demo-data"
    new, old = f"{data}/q2-2025-sales.csv", f"{data}/historical-sales.csv"
    pie = 'pie\n  "Product A" : 43'
    report = f"# Report\n\n```mermaid\n{pie}\n```\n\n| Metric | Value |\n|---|---|\n| Growth | 8 % |\n"

    def say(question):
        if question.schema:
            return {
                "company_name": "Contoso Coffee Co",
                "quarter": "Q2 2025",
                "executive_summary": "It grows.",
                "metrics": {"revenue_growth": "8 %", "customer_acquisition": "+240"},
                "trends_chart": "flowchart LR; Q1 --> Q2",
                "product_performance_chart": pie,
                "regional_analysis": "West leads.",
                "recommendations": "Go on.",
            }
        assert pie in question.prompt and "flowchart LR; Q1 --> Q2" in question.prompt
        assert re.search(r"generated on \d\d-\d\d-\d{4} \d\d:\d\d\. ", question.prompt), question.prompt
        return report

    path = "output/Contoso_Coffee_Co/Business_Report_Q2_2025.md"
    given = {"new_data_file": new, "company_name": "Contoso Coffee Co"}
    for more in [{}, {"historical_data_file": old, "quarter": "Q2 2025", "model": "azure/o4-mini"}]:
        run = place.run(recipe, say, **given, **more)
        assert run.text(path) == report
        assert len(run.asked) == 2
        analysis = run.asked[0].prompt
        # The text of tables is checked elsewhere.
        assert "South,Product B,1340000,5360" in analysis, analysis[:600]
        assert ("Q4 2024" in analysis) == bool(more), analysis


def code_of_a_specification(place):
    recipe = "recipes/example_simple/code_from_spec_recipe.json"
    for name in ["hello-world-spec.txt", "hello-world-gradio-spec.md", "file-rollup-tool-spec.md"]:
        specification = f"recipes/example_simple/specs/{name}"
        files = [{"path": "main.py", "content": f"# {name}\n"}, {"path": "lib/one.py", "content": ""}]
        run = place.run(recipe, lambda _: {"files": files}, spec_file=specification)
        assert run.written == {"output/main.py": f"# {name}\n".encode(), "output/lib/one.py": b""}
        assert place.file(specification) in run.asked[0].prompt


def a_recipe_that_is_created(place):
    """Its context comes from another repository; placeholders contain their path."""
    generated = ["RECIPE_EXECUTOR_CODE_FILES", "RECIPE_EXECUTOR_BLUEPRINT_FILES", "CODEBASE_GENERATOR_RECIPE_FILES"]
    context = [f"generated/{name}" for name in [*generated, "RECIPE_JSON_AUTHORING_GUIDE"]]
    context += ["IMPLEMENTATION_PHILOSOPHY", "MODULAR_DESIGN_PHILOSOPHY", "git_collector/LIQUID_PYTHON_DOCS"]
    for path in context:
        place.put(f"ai_context/{path}.md", f"stands for {path}")
    recipe = {"steps": [{"type": "set_context", "config": {"key": "said", "value": "{{ 'hello' | upcase }}"}}]}
    for name in ["simple-spec-recipe-idea", "recipe-to-mermaid-idea", "analyze-code-files-idea", "demo-quarterly-report-idea"]:
        idea = f"recipes/recipe_creator/examples/{name}.md"
        # Models return JSON as a string or as a value.
        for content in [json.dumps(recipe, indent=2), recipe]:
            say = {"files": [{"path": f"{name}.json", "content": content}]}
            run = place.run("recipes/recipe_creator/create.json", lambda _: say, input=idea)
            assert json.loads(run.text(f"output/{name}.json")) == recipe
            assert place.file(idea) in run.asked[0].prompt
            stand_in_order(run.asked[0].prompt, [f"stands for {path}" for path in context])
    place.put("created.json", json.dumps(recipe))
    assert place.run("created.json", None).artifacts["said"] == "HELLO"


def diagrams_of_recipes(place):
    recipe = "recipes/recipe_to_mermaid/generate_mermaid_recipe.json"
    for drawn in [recipe, DOCUMENT]:
        run = place.run(recipe, lambda _: "flowchart TD\n  A --> B", recipe_path=drawn)
        name = drawn.rsplit("/")[-1].replace(".json", ".md")
        assert run.text(f"output/{name}") == "flowchart TD\n  A --> B"
        source = run.asked[0].prompt.split("tags):\n<JSON>", 1)[1].removesuffix("</JSON>")
        assert json.loads(source) == json.loads(place.file(drawn)), source


def what_is_generated_of_files(place):
    recipe = "recipes/utilities/generate_from_files.json"
    run = place.run(recipe, lambda _: {"files": [{"path": "a/b.md", "content": "B"}]}, files=",".join(RESOURCES))
    assert run.text("output/a/b.md") == "B"
    stand_in_order(run.asked[0].prompt, [place.file(path) for path in RESOURCES])


def a_codebase_of_blueprints(place):
    """The blueprints come from another repository."""
    components = [
        {"id": "context", "deps": [], "refs": []},
        {"id": "steps.base", "deps": ["context"], "refs": ["LIBRARY.md"]},
    ]
    place.put("blueprints/components.json", json.dumps(components))
    place.put("ai_context/IMPLEMENTATION_PHILOSOPHY.md", "keep it simple")
    place.put("ai_context/DEV_GUIDE_FOR_PYTHON.md", "use type hints")
    place.put("ai_context/LIBRARY.md", "how the library is used")
    for component in components:
        path = component["id"].replace(".", "/")
        name = component["id"].split(".")[-1]
        for kind in ["spec", "docs"]:
            place.put(f"blueprints/components/{path}/{name}_{kind}.md", f"{kind} of {component['id']}")

    def say(question):
        name = between(question.prompt, "generate code for the ", " component")
        return {"files": [{"path": f"{name.replace('.', '/')}.py", "content": f"# {name}\n"}]}

    recipe = "recipes/codebase_generator/codebase_generator_recipe.json"
    run = place.run(recipe, say, project_blueprints_root="blueprints")
    assert run.written == {"output/context.py": b"# context\n", "output/steps/base.py": b"# steps.base\n"}, run.written
    asked = {between(question.prompt, "generate code for the ", " component"): question.prompt for question in run.asked}
    assert asked.keys() == {"context", "steps.base"}
    stand_in_order(asked["steps.base"], ["spec of steps.base", "docs of steps.base", "keep it simple", "use type hints"])
    assert "how the library is used" in asked["steps.base"] and "how the library" not in asked["context"]
    assert "docs of context" in asked["steps.base"]
    run = place.run(recipe, say, project_blueprints_root="blueprints", component_id="steps.base")
    assert list(run.written) == ["output/steps/base.py"]


def a_tool_that_looks_at_code(place):
    code = "import os\nprint('a')\n"
    place.put("tool.py", code)
    files = [{"path": "tool_code_analysis.md", "content": "# Analysis\n"}]
    run = place.run("recipes/example_mcp_step/mcp_step_example.json", lambda _: {"files": files}, tool_calls=1, input="tool.py")
    assert run.text("output/tool_code_analysis.md") == "# Analysis\n"
    assert "unused import" in run.asked[0].prompt and f"problem in {len(code)}" in run.asked[0].prompt


def tools_that_models_call(place):
    def say(question):
        if question.results:
            return "\n".join(question.results)
        assert "brave_web_search" in question.tools, question.tools
        return Calls([("brave_web_search", {"query": query}) for query in ["rust", "crabs"]])

    recipe = "recipes/example_brave_search/search.json"
    run = place.run(recipe, say, tool_calls=2, query="Rust", brave_api_key="brave-key-for-tests")
    found = [f"found for {query}: https://example.com/{query}" for query in ["rust", "crabs"]]
    assert run.text("output/search_results.md") == "\n".join(found)
    assert len(run.asked) == 2


def models_side_by_side(place):
    place.put("ai_context/git_collector/PYDANTIC_AI_DOCS.md", "docs")
    names = ["chat_client.py", "chat_server.py", "linting_tool.py"]

    def say(question):
        if question.prompt.startswith("You are given"):
            # A mistake of the recipe: artifacts of parallel substeps do not reach the parent.
            assert "Chat Client Files: \n\nChat Server Files: \n\n" in question.prompt, question.prompt
            return {"files": [{"path": name, "content": f"# {name}\n"} for name in names]}
        name = between(question.prompt, "enerate a module named '", "'")
        assert name in names, name
        if not question.results:
            return Calls([("lint_code", {"code": name})])
        (result,) = question.results
        assert "unused import" in result, result
        return {"files": [{"path": name, "content": f"# {name}: {result}\n"}]}

    run = place.run("recipes/example_complex/complex_example.json", say, tool_calls=3)
    assert run.written == {f"output/complex_example/{name}": f"# {name}\n".encode() for name in names}, run.written
    # Three call a tool, and all four are asked for the format after their last tool call.
    assert len(run.asked) == 3 + 4 + 4


def the_provider_searches_the_web(place):
    for model in ["openai_responses/gpt-4o", "azure_responses/gpt-4o"]:
        run = place.run("recipes/example_builtin_tools/web_search_demo.json", lambda _: "It has a REPL.", model=model)
        assert run.text("output/features_summary.md") == "It has a REPL."
        assert run.asked[0].builtin_tools == ["web_search_preview"]


def files_of_items(place):
    data = "recipes/example_templates/data/items.json"
    run = place.run("recipes/example_templates/extras_demo.json", None, input_file=data)
    items = json.loads(place.file(data))
    assert len(run.written) == len(items), run.written.keys()
    for item in items:
        name = item["name"]
        (path,) = [path for path, content in run.written.items() if content.startswith(f"# {name}\n".encode())]
        document = run.written[path].decode()
        assert f"**Slug**: `{path.removeprefix('output/').removesuffix('.md')}`" in document, document
        assert re.search(r"\*\*Date\*\*: [A-Z][a-z]{2} \d+, \d{4}\n", document), document
        assert json.loads(between(document, "```json", "```")) == item["metadata"]


CASES = [
    content_of_an_idea,
    a_quarterly_report,
    code_of_a_specification,
    a_recipe_that_is_created,
    diagrams_of_recipes,
    what_is_generated_of_files,
    a_codebase_of_blueprints,
    a_tool_that_looks_at_code,
    tools_that_models_call,
    models_side_by_side,
    the_provider_searches_the_web,
    files_of_items,
]
