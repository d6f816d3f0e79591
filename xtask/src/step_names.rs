//! A test that code knows steps by their traits, not by their names: only so are custom steps like
//! the built-in ones.

use std::collections::HashSet;
use std::fs;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, LitStr, Macro};

use crate::cycles::is_test_item;
use crate::rust_files::crate_sources;

/// Names that may be in a file: file, name, reason.
const ALLOWED: [(&str, &str, &str); 3] = [
    (
        "recipe-cli/src/registry.rs",
        "llm_generate",
        "this build lacks it",
    ),
    ("recipe-cli/src/registry.rs", "mcp", "this build lacks it"),
    (
        "recipe-steps/src/shell.rs",
        "command",
        "the name of a field",
    ),
];

/// Collects names of steps in code: text equal to one, and the `TYPE` of a step named outright.
struct Names<'n> {
    names: &'n HashSet<String>,
    found: Vec<String>,
}

impl Names<'_> {
    fn text(&mut self, text: &str) {
        if self.names.contains(text) {
            self.found.push(text.to_owned());
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<LitStr>(&literal.to_string()) {
                        self.text(&text.value());
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Names<'_> {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test_item(item) {
            visit::visit_item(self, item);
        }
    }

    /// Documentation, and the names of features.
    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_lit_str(&mut self, text: &'a LitStr) {
        self.text(&text.value());
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if let [.., step, constant] = &segments[..]
            && constant == "TYPE"
            && step.len() > 1
            && step != "Self"
        {
            self.found.push(segments.join("::"));
        }
        visit::visit_path(self, path);
    }

    /// JSON is a recipe, which names its steps.
    fn visit_macro(&mut self, invocation: &'a Macro) {
        if !invocation.path.is_ident("json") {
            self.tokens(invocation.tokens.clone());
        }
    }
}

fn found_in(text: &str, names: &HashSet<String>) -> Vec<String> {
    let mut code = Names {
        names,
        found: Vec::new(),
    };
    code.visit_file(&syn::parse_file(text).unwrap());
    let is_own = |name: &String| text.contains(&format!("const TYPE: &'static str = \"{name}\""));
    code.found.retain(|name| !is_own(name));
    code.found
}

fn names() -> HashSet<String> {
    let mut registry = recipe_steps::registry();
    recipe_llm::register(&mut registry).unwrap();
    registry
        .types()
        .map(|step_type| step_type.name().to_owned())
        .collect()
}

#[test]
fn code_names_no_step_outside_the_steps_own_file() {
    let names = names();
    let mut wrong = Vec::new();
    for file in crate_sources() {
        // Modules of tests in files of their own.
        let text = fs::read_to_string(&file).unwrap();
        if text.contains("#[test]") && !text.contains("mod tests {") {
            continue;
        }
        let found = found_in(&text, &names).into_iter();
        let is_allowed = |name: &String| {
            let mut allowed = ALLOWED.iter();
            allowed.any(|(end, allowed, _)| file.ends_with(end) && name == allowed)
        };
        let found = found.filter(|name| !is_allowed(name));
        wrong.extend(found.map(|name| format!("{}: {name}", file.display())));
    }
    assert!(
        wrong.is_empty(),
        "read a trait of the step instead (`Step::TRAITS`):\n{}",
        wrong.join("\n")
    );
}

#[test]
fn names_in_code_are_found_those_in_tests_and_recipes_are_not() {
    let names = names();
    for (code, expected) in [
        (r#"fn f() { x == "loop"; }"#, vec!["loop"]),
        (
            r#"fn f() { match x { "wait" | "other" => 1 } }"#,
            vec!["wait"],
        ),
        (r#"fn f() { matches!(x, "shell") }"#, vec!["shell"]),
        ("fn f() { x == Loop::TYPE }", vec!["Loop::TYPE"]),
        (
            "fn f() { x == recipe_steps::Loop::TYPE }",
            vec!["recipe_steps::Loop::TYPE"],
        ),
        ("fn f() { S::TYPE; Self::TYPE }", vec![]),
        (r#"fn f() { json!({"type": "loop"}) }"#, vec![]),
        (r#"#[cfg(test)] mod tests { fn f() { "loop"; } }"#, vec![]),
        (
            r#"impl Step for L { const TYPE: &'static str = "loop"; }"#,
            vec![],
        ),
    ] {
        assert_eq!(found_in(code, &names), expected, "{code}");
    }
}
