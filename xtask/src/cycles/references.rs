//! Paths that a module's code names, and its imports.

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, LitStr, Macro, Meta, Token, UseTree, Visibility};

/// Path in the code of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// Name that a `use` imports.
pub(super) struct Import {
    /// `None` for `*`.
    pub(super) name: Option<String>,
    pub(super) from: Reference,
    pub(super) is_reexport: bool,
}

/// Collects the imports and paths of items, without those of tests and submodules.
pub(super) fn of_items(items: &[Item]) -> (Vec<Import>, Vec<Reference>) {
    let mut collector = Collector::default();
    for item in items {
        collector.visit_item(item);
    }
    (collector.imports, collector.references)
}

#[derive(Default)]
struct Collector {
    imports: Vec<Import>,
    references: Vec<Reference>,
}

impl Collector {
    /// `before` is the path that leads to the tree.
    fn import(&mut self, tree: &UseTree, before: &[String], is_reexport: bool, line: usize) {
        let with = |segment: &syn::Ident| {
            let mut path = before.to_vec();
            path.push(bare(segment));
            path
        };
        let (name, path) = match tree {
            UseTree::Path(inner) => {
                let path = with(&inner.ident);
                return self.import(&inner.tree, &path, is_reexport, line);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before, is_reexport, line);
                }
                return;
            }
            // `{self, …}` imports the module itself.
            UseTree::Name(name) if name.ident == "self" => {
                (before.last().cloned(), before.to_vec())
            }
            UseTree::Name(name) => (Some(bare(&name.ident)), with(&name.ident)),
            UseTree::Rename(rename) => (Some(bare(&rename.rename)), with(&rename.ident)),
            UseTree::Glob(_) => (None, before.to_vec()),
        };
        self.imports.push(Import {
            name,
            from: Reference { path, line },
            is_reexport,
        });
    }

    /// Collects paths in the tokens of a macro, whose grammar only the macro knows.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        // Colons since the last identifier; whether a dot precedes the next one.
        let (mut colons, mut is_field) = (0, false);
        for token in tokens {
            match token {
                TokenTree::Ident(identifier) => {
                    if colons != 2 {
                        self.reference(std::mem::take(&mut path), line);
                    }
                    line = identifier.span().start().line;
                    if !is_field {
                        path.push(bare(&identifier));
                    }
                    (colons, is_field) = (0, false);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.reference(std::mem::take(&mut path), line);
                    is_field = matches!(&other, TokenTree::Punct(punct) if punct.as_char() == '.');
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.reference(path, line);
    }

    fn reference(&mut self, path: Vec<String>, line: usize) {
        if !path.is_empty() {
            self.references.push(Reference { path, line });
        }
    }
}

impl<'a> Visit<'a> for Collector {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test_item(item) {
            visit::visit_item(self, item);
        }
    }

    /// Submodules have their own references.
    fn visit_item_mod(&mut self, _: &'a ItemMod) {}

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let line = item.use_token.span.start().line;
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], is_reexport, line);
    }

    /// `pub(in …)` names a module without depending on it.
    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments = path.segments.iter().map(|segment| bare(&segment.ident));
        let line = path
            .segments
            .first()
            .map(|first| first.ident.span().start().line);
        self.reference(segments.collect(), line.unwrap_or(0));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'a Macro) {
        self.visit_path(&invocation.path);
        self.tokens(invocation.tokens.clone());
    }

    /// Serde and schemars name functions in strings: `#[serde(default = "crate::defaults::yes")]`.
    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        let Meta::List(list) = &attribute.meta else {
            return;
        };
        for token in list.tokens.clone() {
            let TokenTree::Literal(literal) = token else {
                continue;
            };
            let Ok(text) = syn::parse_str::<LitStr>(&literal.to_string()) else {
                continue;
            };
            if let Ok(path) = text.parse::<syn::Path>()
                && path.segments.len() > 1
            {
                let segments = path.segments.iter().map(|segment| bare(&segment.ident));
                self.reference(segments.collect(), literal.span().start().line);
            }
        }
    }
}

/// Whether an item is compiled only for tests.
pub(crate) fn is_test_item(item: &Item) -> bool {
    is_test(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    })
}

/// Whether an item is for tests only.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<Meta>()
                    .is_ok_and(|meta| only_in_tests(&meta))
    })
}

/// Whether a condition is `test` or `all(test, …)`.
fn only_in_tests(condition: &Meta) -> bool {
    if condition.path().is_ident("test") {
        return true;
    }
    let Meta::List(list) = condition else {
        return false;
    };
    let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    list.path.is_ident("all") && inner.is_ok_and(|inner| inner.iter().any(only_in_tests))
}

/// Name of an identifier without `r#`.
pub(super) fn bare(identifier: &syn::Ident) -> String {
    let name = identifier.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}
