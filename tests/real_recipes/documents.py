"""Document generator: documents from outlines and docpacks, and docpacks from descriptions."""

import io
import json
import re
import zipfile

from texts import between, stand_in_order

DOCUMENT = "recipes/document_generator/document_generator_recipe.json"
EXAMPLES = "recipes/document_generator/examples"
RESOURCES = [f"{EXAMPLES}/resources/{name}.md" for name in ["product_specs", "market_research", "pricing_strategy"]]


def section_asked_for(question):
    return between(question.prompt, "write ONLY THE NEW `", "` SECTION")


def written_section(title):
    return f"## {title}\n\nAll about {title}: \"quotes\", {{{{ braces }}}} & <tags>, – ümlauts."


def write_section(question):
    assert list(question.schema["properties"]) == ["content"], question.schema
    return {"content": written_section(section_asked_for(question))}


def sections_of(outline):
    """Sections that the model writes, in the order of the document."""
    for section in outline["sections"]:
        if "resource_key" not in section:
            yield section
        yield from sections_of({"sections": section.get("sections", [])})


def is_document(run, path, outline, resources):
    """Checks that a document contains the model's sections, and that the prompts follow the outline."""
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
    # The recipe has a field that the step does not have.
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


CASES = [
    a_document_of_an_outline,
    a_document_of_an_outline_whose_resources_come_from_elsewhere,
    documents_of_docpacks,
    a_docpack_that_is_generated_and_then_a_document_of_it,
]
