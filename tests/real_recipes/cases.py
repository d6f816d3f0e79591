"""Real recipes, each run as its author does it, with what a model says and what has to come of it."""

import io
import json
import re
import zipfile

from model import Calls

DOCUMENT = "recipes/document_generator/document_generator_recipe.json"
EXAMPLES = "recipes/document_generator/examples"
RESOURCES = [f"{EXAMPLES}/resources/{name}.md" for name in ["product_specs", "market_research", "pricing_strategy"]]


def between(text, start, end):
    return text.split(start, 1)[1].split(end, 1)[0]


def stand_in_order(text, parts):
    """Whether all parts are in a text, each once and one behind the other."""
    places = [text.find(part) for part in parts]
    missing = [part for part, place in zip(parts, places) if place < 0]
    assert not missing, f"not there: {missing}"
    assert places == sorted(places), f"in another order: {parts}"
    twice = [part for part in parts if text.count(part) != 1]
    assert not twice, f"there more than once: {twice}"


def section_asked_for(question):
    return between(question.prompt, "write ONLY THE NEW `", "` SECTION")


def written_section(title):
    return f"## {title}\n\nAll about {title}: \"quotes\", {{{{ braces }}}} & <tags>, – ümlauts."


def write_section(question):
    assert list(question.schema["properties"]) == ["content"], question.schema
    return {"content": written_section(section_asked_for(question))}


def sections_of(outline):
    """Those that a model writes, in the order of the document."""
    for section in outline["sections"]:
        if "resource_key" not in section:
            yield section
        yield from sections_of({"sections": section.get("sections", [])})


def is_document(run, path, outline, resources):
    """Whether a document has all that the model wrote, and whether it was asked as its outline says."""
    sections = list(sections_of(outline))
    titles = [section["title"] for section in sections]
    assert [section_asked_for(question) for question in run.asked] == titles, "asked for others"
    document = run.written[path].decode()
    begins = rf"# {re.escape(outline['title'])}\n\n\[document-generator\]\n\n\*\*Date:\*\* \d+/\d+/\d{{4}} \d\d:\d\d:\d\d [AP]M\n\n"
    assert re.match(begins, document), document[:200]
    stand_in_order(document, [written_section(title) for title in titles])
    for index, (section, question) in enumerate(zip(sections, run.asked)):
        so_far = between(question.prompt, "<DOCUMENT>\n#", "\n</DOCUMENT>")
        stand_in_order(so_far, [written_section(title) for title in titles[:index]])
        assert all(written_section(title) not in so_far for title in titles[index:])
        assert section["prompt"] in between(question.prompt, "<PROMPT>", "</PROMPT>")
        references = between(question.prompt, "<REFERENCE_DOCS>", "</REFERENCE_DOCS>")
        for key, content in resources.items():
            assert (content in references) == (key in section["refs"]), f"{key} in {section['title']}"


def a_document_of_an_outline(place):
    outline = json.loads(place.file(f"{EXAMPLES}/launch-documentation.json"))
    resources = {resource["key"]: place.file(resource["path"]) for resource in outline["resources"]}
    for model in ["openai/gpt-4o", "azure/gpt-4o"]:
        run = place.run(DOCUMENT, write_section, model=model, outline_file=f"{EXAMPLES}/launch-documentation.json")
        assert list(run.written) == ["output/LAUNCH_DOCUMENTATION.md"], run.written
        is_document(run, "output/LAUNCH_DOCUMENTATION.md", outline, resources)


def a_document_of_an_outline_whose_resources_come_from_elsewhere(place):
    outline = json.loads(place.file(f"{EXAMPLES}/readme.json"))
    resources = {resource["key"]: f"stands for {resource['path']}\n" for resource in outline["resources"]}
    for resource in outline["resources"]:
        place.put(resource["path"], resources[resource["key"]])
    run = place.run(DOCUMENT, write_section, outline_file=f"{EXAMPLES}/readme.json", output_root="output/docs")
    assert list(run.written) == ["output/docs/README.md"], run.written
    is_document(run, "output/docs/README.md", outline, resources)


def documents_of_docpacks(place):
    for name in ["launch-documentation", "readme"]:
        packed = place.work / f"{name}.docpack"
        is_document_of_docpack(place, f"{name}.docpack", packed.read_bytes())


def is_document_of_docpack(place, path, packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as docpack:
        outline = json.loads(docpack.read("outline.json"))
        resources = {file["key"]: docpack.read(file["path"]).decode() for file in outline["resources"]}
    recipe = "recipes/document_generator/generate_document_from_docpack.json"
    # A field of it is one that the step does not have.
    run = place.run(recipe, write_section, warns=True, docpack_path=path)
    extracted = "output/docpack_extracted"
    files = [f"{extracted}/files/{file['path']}" for file in outline["resources"]]
    assert sorted(run.written) == sorted(["output/OUTLINE.md", f"{extracted}/outline.json", *files]), run.written.keys()
    for file, content in zip(files, resources.values()):
        assert run.written[file].decode() == content, file
    is_document(run, "output/OUTLINE.md", outline, resources)
    return run


def a_docpack_that_is_generated_and_then_a_document_of_it(place):
    titles = ["product_specs", "market_research", "pricing_strategy"]
    outline = {
        "title": "Launch plan",
        "general_instruction": "Be brief.",
        "resources": [
            {"key": key, "path": path, "title": key, "description": f"all of {key}"} for key, path in zip(titles, RESOURCES)
        ],
        "sections": [
            {
                "title": "Market",
                "prompt": "Describe the market.",
                "refs": ["market_research"],
                "sections": [
                    {"title": "Prices", "prompt": "Compare prices.", "refs": ["pricing_strategy"], "sections": []},
                    {"title": "Customers", "prompt": "Name customers.", "refs": [], "sections": []},
                ],
            },
            {"title": "Specification", "prompt": "", "refs": [], "resource_key": "product_specs", "sections": []},
            {"title": "Risks", "prompt": "List risks.", "refs": titles, "sections": []},
        ],
    }

    def say(question):
        if question.prompt.startswith("Summarize"):
            path = between(question.prompt, "File: ", "\n")
            assert place.file(path) in question.prompt, "the resource is not in the prompt"
            return {"resource": path, "summary": f"summary of {path}"}
        stand_in_order(between(question.prompt, "Resource summaries:", "Available"), [f"summary of {path}" for path in RESOURCES])
        return outline

    run = place.run(
        "recipes/document_generator/generate_docpack.json",
        say,
        model="azure/gpt-4o/my-deployment",
        document_description="A launch plan",
        resources=RESOURCES,
        docpack_name="plan.docpack",
    )
    assert len(run.asked) == 4, run.asked
    assert {(question.model, question.deployment) for question in run.asked} == {("gpt-4o", "my-deployment")}
    assert sorted(run.written) == ["output/outline.json", "output/plan.docpack"], run.written.keys()
    assert json.loads(run.written["output/outline.json"]) == outline
    packed = run.written["output/plan.docpack"]
    with zipfile.ZipFile(io.BytesIO(packed)) as docpack:
        names = [path.rsplit("/")[-1] for path in RESOURCES]
        assert docpack.namelist() == [*names, "outline.json"], docpack.namelist()
        for path, name in zip(RESOURCES, names):
            assert docpack.read(name).decode() == place.file(path), name
    (place.work / "plan.docpack").write_bytes(packed)
    run = is_document_of_docpack(place, "plan.docpack", packed)
    document = run.written["output/OUTLINE.md"].decode()
    specification = f"Specification\n\n{place.file(RESOURCES[0])}"
    stand_in_order(document, [written_section("Customers"), specification, written_section("Risks")])


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
        # Tables are artifacts of their own kind, whose text is checked elsewhere.
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
    """Its context comes from another repository; what stands for it is told apart by the path."""
    generated = ["RECIPE_EXECUTOR_CODE_FILES", "RECIPE_EXECUTOR_BLUEPRINT_FILES", "CODEBASE_GENERATOR_RECIPE_FILES"]
    context = [f"generated/{name}" for name in [*generated, "RECIPE_JSON_AUTHORING_GUIDE"]]
    context += ["IMPLEMENTATION_PHILOSOPHY", "MODULAR_DESIGN_PHILOSOPHY", "git_collector/LIQUID_PYTHON_DOCS"]
    for path in context:
        place.put(f"ai_context/{path}.md", f"stands for {path}")
    recipe = {"steps": [{"type": "set_context", "config": {"key": "said", "value": "{{ 'hello' | upcase }}"}}]}
    for name in ["simple-spec-recipe-idea", "recipe-to-mermaid-idea", "analyze-code-files-idea", "demo-quarterly-report-idea"]:
        idea = f"recipes/recipe_creator/examples/{name}.md"
        # Models give JSON as a text, or as what it is.
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
    """The blueprints are those of another repository."""
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
            # A mistake of the recipe: what is made side by side stays there.
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
    assert len(run.asked) == 7


def the_provider_searches_the_web(place):
    for model in ["openai_responses/gpt-4o", "azure_responses/gpt-4o"]:
        run = place.run("recipes/example_builtin_tools/web_search_demo.json", lambda _: "It has a REPL.", model=model)
        assert run.text("output/features_summary.md") == "It has a REPL."
        assert run.asked[0].builtin_tools == ["web_search_preview"]


CASES = [
    a_document_of_an_outline,
    a_document_of_an_outline_whose_resources_come_from_elsewhere,
    documents_of_docpacks,
    a_docpack_that_is_generated_and_then_a_document_of_it,
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
]
