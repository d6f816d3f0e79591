//! Which recipes are tools, and what they are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use recipe_core::{Recipe, RecipeFolders, chain};
use recipe_lint::{Origin, find_files};
use rmcp::model::Tool;

use super::input_schema::{no_parameters, parameters};
use super::tool;
use super::validation;

/// The tool that checks recipes.
pub(super) const VALIDATE_RECIPE: &str = "validate_recipe";
/// The tool that lists the step types.
pub(super) const LIST_STEP_TYPES: &str = "list_step_types";

/// The longest name of a tool that models may be offered, in characters.
const LONGEST_NAME: usize = 64;

/// The recipes that are tools, by name.
pub(super) struct Catalog {
    pub(super) tools: Vec<RecipeTool>,
    /// Why others are none, a line each.
    pub(super) problems: Vec<String>,
}

/// A recipe that is a tool.
pub(super) struct RecipeTool {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) recipe: Recipe,
}

impl Catalog {
    /// Looks through files and folders. A file that is named is a tool in any case; in folders are many that are only
    /// called by others, so there those with a `name` are.
    pub(super) fn read(paths: &[PathBuf], folders: &RecipeFolders) -> Self {
        let mut tools = Vec::new();
        let mut problems = Vec::new();
        let mut known: HashMap<String, PathBuf> = [VALIDATE_RECIPE, LIST_STEP_TYPES]
            .map(|name| (name.to_owned(), PathBuf::from("the program's own")))
            .into();
        for (file, origin) in find_files(paths) {
            let recipe = folders.check(&file).and_then(|()| Recipe::read(&file));
            let recipe = match (recipe, origin) {
                (_, Origin::Closed(error)) => {
                    problems.push(format!(
                        "{}: cannot search the folder: {error}",
                        file.display()
                    ));
                    continue;
                }
                (Err(error), Origin::Named) => {
                    problems.push(format!("{}: no tool: {}", file.display(), chain(&error)));
                    continue;
                }
                // Most JSON files in a folder are something else.
                (Err(_), Origin::Found) => continue,
                (Ok(recipe), Origin::Found) if recipe.name.is_none() => continue,
                (Ok(recipe), _) => recipe,
            };
            let Some(name) = tool_name(&recipe, &file) else {
                problems.push(format!("{}: no tool: its name is empty", file.display()));
                continue;
            };
            if let Some(other) = known.get(&name) {
                let (file, other) = (file.display(), other.display());
                problems.push(format!(
                    "{file}: no tool: the name {name} is taken by {other}"
                ));
                continue;
            }
            known.insert(name.clone(), file.clone());
            tools.push(RecipeTool { name, file, recipe });
        }
        Self { tools, problems }
    }

    /// The tool of this name.
    pub(super) fn take(self, name: &str) -> Option<RecipeTool> {
        self.tools.into_iter().find(|tool| tool.name == name)
    }

    /// All tools, the program's own too, as clients are told of them.
    pub(super) fn to_tools(&self) -> Vec<Tool> {
        let recipes = self.tools.iter().map(RecipeTool::to_tool);
        let validate = tool(
            VALIDATE_RECIPE,
            Some(
                "Checks a recipe without running it and tells what is wrong with it, and where."
                    .into(),
            ),
            validation::parameters(),
        );
        let list = tool(
            LIST_STEP_TYPES,
            Some("Lists the types of steps that recipes may have, and what each does.".into()),
            no_parameters(),
        );
        recipes.chain([validate, list]).collect()
    }
}

impl RecipeTool {
    fn to_tool(&self) -> Tool {
        let description = self.recipe.description.clone();
        let tool = tool(&self.name, description, parameters(&self.recipe.inputs));
        match &self.recipe.name {
            Some(title) => tool.with_title(title.as_str()),
            None => tool,
        }
    }
}

/// The name of a recipe, or of its file, in characters that every client and model takes. `None` where nothing is left.
fn tool_name(recipe: &Recipe, file: &Path) -> Option<String> {
    let stem = || Some(file.file_stem()?.to_string_lossy().into_owned());
    let name = recipe.name.clone().or_else(stem)?;
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
        _ => '_',
    };
    let name: String = name.trim().chars().map(plain).take(LONGEST_NAME).collect();
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
        let catalog = Catalog::read(&paths, &folders);
        let prefix = format!("{}/", home.path().display());
        let names = catalog.tools.into_iter().map(|tool| tool.name);
        let problems = catalog.problems.into_iter();
        (
            names.collect(),
            problems.map(|line| line.replace(&prefix, "")).collect(),
        )
    }

    #[test]
    fn in_a_folder_recipes_with_a_name_are_tools() {
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
    fn a_file_that_is_named_is_a_tool_in_any_case_or_it_is_told_why_not() {
        let files = [
            ("plain one.json", "[]"),
            ("broken.json", "{"),
            ("other.json", r#"{"name": "x"}"#),
        ];
        let (names, problems) = catalog(&files, &["plain one.json", "broken.json", "other.json"]);
        assert_eq!(names, ["plain_one"]);
        insta::assert_snapshot!(problems.join("\n"), @"
        broken.json: no tool: line 1, column 1: the text ends inside an object, near `{`
        other.json: no tool: line 1, column 1: missing field `steps`
        ");
    }

    #[test]
    fn a_name_is_taken_once() {
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
            problems.contains("b.json: no tool: the name x_y is taken by "),
            "{problems}"
        );
        assert!(
            problems.contains(
                "c.json: no tool: the name validate_recipe is taken by the program's own"
            )
        );
        assert!(problems.contains("d.json: no tool: its name is empty"));
    }
}
