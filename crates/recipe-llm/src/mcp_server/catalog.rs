//! The recipes that are tools, and their names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::document::Format;
use recipe_core::error::RecipeError;
use recipe_core::internal::read_recipe_file;
use recipe_core::run::RecipeFolders;
use recipe_core::{Recipe, Registry, chain};
use recipe_lint::{Origin, find_files, is_named_recipe, is_recipe, named_in};
use rmcp::model::Tool;

use super::input_schema::{no_parameters, parameters};
use super::tool::tool;
use super::{output_schema, validation};

/// The tool that checks recipes.
pub(super) const VALIDATE_RECIPE: &str = "validate_recipe";
/// The tool that lists the step types.
pub(super) const LIST_STEP_TYPES: &str = "list_step_types";

/// Maximum length in characters of a tool name for models.
const MAX_NAME_CHARS: usize = 64;

/// The recipes that are tools, by name.
pub(super) struct Catalog {
    pub(super) tools: Vec<RecipeTool>,
    /// Files that cannot be tools.
    pub(super) problems: Vec<CatalogProblem>,
}

/// A recipe that is a tool.
pub(super) struct RecipeTool {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) recipe: Recipe,
}

/// A file that should be a tool, or looks as if it should, and cannot.
pub(super) struct CatalogProblem {
    /// Possible names as a tool.
    names: Vec<String>,
    /// The file and the reason.
    pub(super) message: String,
}

impl Catalog {
    /// Searches files and directories. An explicitly listed file is always a tool; directories
    /// contain many recipes that are only called by others, so there only those with a `name` are.
    pub(super) fn read(paths: &[PathBuf], folders: &RecipeFolders, registry: &Registry) -> Self {
        let mut catalog = Self {
            tools: Vec::new(),
            problems: Vec::new(),
        };
        let mut known: HashMap<String, PathBuf> = [VALIDATE_RECIPE, LIST_STEP_TYPES]
            .map(|name| (name.to_owned(), PathBuf::from("a built-in tool")))
            .into();
        for (file, origin) in find_files(paths) {
            if let Origin::Closed(error) = origin {
                catalog.skip(&file, &format!("cannot search directory: {error}"), []);
                continue;
            }
            let is_found = matches!(origin, Origin::Found);
            let text = folders.check(&file).and_then(|()| read_recipe_file(&file));
            let (text, recipe) = match text {
                Ok(text) => {
                    let text: Arc<str> = text.into();
                    let recipe = Recipe::parse(text.clone(), Format::from_path(&file));
                    (Some(text), recipe.map_err(RecipeError::from))
                }
                Err(error) => (None, Err(error)),
            };
            let recipe = match recipe {
                Ok(recipe) if is_found && recipe.name.is_none() => continue,
                Ok(recipe) => recipe,
                Err(error) => {
                    let text = text.as_deref();
                    if !is_found || is_meant_as_recipe(registry, &file, text, &error) {
                        let names = possible_names(&file, text.unwrap_or_default());
                        catalog.skip(&file, &format!("not a tool: {}", chain(&error)), names);
                    }
                    continue;
                }
            };
            let Some(name) = tool_name(&recipe, &file) else {
                catalog.skip(&file, "not a tool: empty name", []);
                continue;
            };
            if let Some(other) = known.get(&name) {
                let reason = format!(
                    "not a tool: name {name} is already used by {}",
                    other.display()
                );
                catalog.skip(&file, &reason, []);
                continue;
            }
            known.insert(name.clone(), file.clone());
            catalog.tools.push(RecipeTool { name, file, recipe });
        }
        catalog
    }

    fn skip(&mut self, file: &Path, reason: &str, names: impl IntoIterator<Item = String>) {
        self.problems.push(CatalogProblem {
            names: names.into_iter().collect(),
            message: format!("{}: {reason}", file.display()),
        });
    }

    /// Returns the tool of this name, or an error message.
    pub(super) fn into_tool(self, name: &str) -> Result<RecipeTool, String> {
        if let Some(tool) = self.tools.into_iter().find(|tool| tool.name == name) {
            return Ok(tool);
        }
        let mut problems = self.problems.into_iter();
        let problem = problems.find(|problem| problem.names.iter().any(|other| other == name));
        Err(match problem {
            Some(problem) => format!("unknown tool {name}: {}", problem.message),
            None => format!("unknown tool {name}"),
        })
    }

    /// All tools, including the built-in ones, as shown to clients.
    pub(super) fn to_tools(&self) -> Vec<Tool> {
        let recipes = self.tools.iter().map(RecipeTool::to_tool);
        let validate = tool(
            VALIDATE_RECIPE,
            Some(
                "Checks a recipe without running it and reports errors with their positions."
                    .into(),
            ),
            validation::parameters(),
            Some(output_schema::validation()),
        );
        let list = tool(
            LIST_STEP_TYPES,
            Some("Lists the step types of recipes with their descriptions.".into()),
            no_parameters(),
            Some(output_schema::step_types()),
        );
        recipes.chain([validate, list]).collect()
    }
}

impl RecipeTool {
    fn to_tool(&self) -> Tool {
        let description = self.recipe.description.clone();
        let parameters = parameters(&self.recipe.inputs);
        let result = output_schema::outputs(&self.recipe);
        let tool = tool(&self.name, description, parameters, result);
        match &self.recipe.name {
            Some(title) => tool.with_title(title.as_str()),
            None => tool,
        }
    }
}

/// Whether an invalid file in a directory was meant to be a recipe. Most JSON files are something
/// else.
fn is_meant_as_recipe(
    registry: &Registry,
    file: &Path,
    text: Option<&str>,
    error: &RecipeError,
) -> bool {
    match (text, error) {
        (Some(text), _) => is_recipe(registry, file, text),
        // A file that must not be read may be a recipe.
        (None, RecipeError::Unreadable(_) | RecipeError::Outside) => true,
        (None, _) => is_named_recipe(file),
    }
}

/// Tool name of a recipe or its file; `None` if it is empty.
fn tool_name(recipe: &Recipe, file: &Path) -> Option<String> {
    match &recipe.name {
        Some(name) => plain_name(name),
        None => plain_name(&file.file_stem()?.to_string_lossy()),
    }
}

/// Possible tool names of an invalid file: its file name, and all values of `name` in it.
fn possible_names(file: &Path, text: &str) -> Vec<String> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy());
    let written = named_in(text);
    let names = stem.as_deref().into_iter().chain(written);
    names.filter_map(plain_name).collect()
}

/// Replaces characters that not every client and model accepts; `None` if the name is empty.
fn plain_name(name: &str) -> Option<String> {
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
        _ => '_',
    };
    let name: String = name
        .trim()
        .chars()
        .map(plain)
        .take(MAX_NAME_CHARS)
        .collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(files: &[(&str, &str)], named: &[&str]) -> (Vec<String>, Vec<String>) {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(home.path().join(name), text).unwrap();
        }
        let paths: Vec<PathBuf> = named.iter().map(|name| home.path().join(name)).collect();
        let folders = RecipeFolders::only([home.path()]).unwrap();
        let catalog = Catalog::read(&paths, &folders, &recipe_steps::registry());
        let prefix = format!("{}/", home.path().display());
        let names = catalog.tools.into_iter().map(|tool| tool.name);
        let problems = catalog.problems.into_iter();
        (
            names.collect(),
            problems
                .map(|problem| problem.message.replace(&prefix, ""))
                .collect(),
        )
    }

    #[test]
    fn named_recipes_in_a_directory_are_tools() {
        let files = [
            ("a.json", r#"{"name": "Write a report", "steps": []}"#),
            ("b.json", r#"{"steps": []}"#),
            ("c.yaml", "name: zähle/alles\nsteps: []\n"),
            ("package.json", r#"{"name": "x", "type": "module"}"#),
            ("d.json", "{"),
        ];
        let (names, problems) = catalog(&files, &[""]);
        assert_eq!(names, ["Write_a_report", "z_hle_alles"]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn invalid_recipes_in_a_directory_are_reported() {
        let files = [
            ("by-its-name.recipe.json", "5"),
            ("cut.json", r#"{"name": "cut","steps":["#),
            (
                "input.json",
                r#"{"name": "x", "inputs": {"n": {"type": 5}}, "steps": []}"#,
            ),
            ("nameless.json", r#"{"steps": [{"type": "loop"}, 5]}"#),
            (
                "outputs.yaml",
                "name: x\nsteps:\n- {type: wait, seconds: 1}\noutputs: [a, 1]\n",
            ),
            ("package.json", r#"{"name": "x", "steps": 5}"#),
            ("settings.yaml", "a: [\n"),
            ("other.md", "```json\n{\n```\n"),
        ];
        let (names, problems) = catalog(&files, &[""]);
        assert_eq!(names, [""; 0]);
        insta::assert_snapshot!(problems.join("\n"), @r#"
        by-its-name.recipe.json: not a tool: line 1, column 1: expected an object with `steps`, or a list of steps
        cut.json: not a tool: line 1, column 24: unexpected end of input in list, near `ame": "cut","steps":[`
        input.json: not a tool: line 1, column 40: inputs.n.type: expected one of `string`, `number`, `integer`, `boolean`, `array`, `object`, `null`, found `5`
        nameless.json: not a tool: line 1, column 30: steps[1]: expected an object with a `type`, found `5`
        outputs.yaml: not a tool: line 4, column 14: outputs[1]: expected text, found `1`
        "#);
    }

    #[test]
    fn a_listed_file_is_a_tool_or_reported() {
        let files = [
            ("plain one.json", "[]"),
            ("broken.json", "{"),
            ("other.json", r#"{"name": "x"}"#),
        ];
        let (names, problems) = catalog(&files, &["plain one.json", "broken.json", "other.json"]);
        assert_eq!(names, ["plain_one"]);
        insta::assert_snapshot!(problems.join("\n"), @"
        broken.json: not a tool: line 1, column 1: unexpected end of input in object, near `{`
        other.json: not a tool: line 1, column 1: missing field `steps`
        ");
    }

    #[test]
    fn names_are_unique() {
        let files = [
            ("a.json", r#"{"name": "x y", "steps": []}"#),
            ("b.json", r#"{"name": "x.y", "steps": []}"#),
            ("c.json", r#"{"name": "validate_recipe", "steps": []}"#),
            ("d.json", r#"{"name": " ", "steps": []}"#),
        ];
        let (names, problems) = catalog(&files, &[""]);
        assert_eq!(names, ["x_y"]);
        let problems = problems.join("\n");
        assert!(
            problems.contains("b.json: not a tool: name x_y is already used by "),
            "{problems}"
        );
        assert!(problems.contains(
            "c.json: not a tool: name validate_recipe is already used by a built-in tool"
        ));
        assert!(problems.contains("d.json: not a tool: empty name"));
    }
}
