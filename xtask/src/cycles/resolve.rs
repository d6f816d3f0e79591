//! Resolves paths in code to the modules that define their items.

use std::collections::BTreeMap;

use super::modules::Modules;

/// For each pair of modules, the items of the second that the first one names, each with a line.
pub(super) type Needs = BTreeMap<(usize, usize), BTreeMap<String, usize>>;

/// Maximum number of re-exports to follow: a name could re-export itself.
const MAX_REEXPORTS: usize = 32;

/// Collects the dependencies between modules.
pub(super) fn needs(modules: &Modules) -> Needs {
    let mut needs = Needs::new();
    for index in 0..modules.len() {
        let module = modules.get(index);
        let imports = module.imports.iter().filter(|import| !import.is_reexport);
        let imports = imports
            .filter(|import| import.name.is_some())
            .map(|import| &import.from);
        for reference in imports.chain(&module.references) {
            let found = resolve(modules, index, &reference.path, MAX_REEXPORTS);
            if let Some(Found::Item { definer, name }) = found
                && definer != index
            {
                let items = needs.entry((index, definer)).or_default();
                items.entry(name).or_insert(reference.line);
            }
        }
    }
    needs
}

enum Found {
    Item { definer: usize, name: String },
    Module(usize),
}

/// Resolves a path. `None` for items of other crates and local names.
fn resolve(modules: &Modules, from: usize, path: &[String], reexports: usize) -> Option<Found> {
    let mut at = from;
    let mut rest = path;
    while let [keyword, more @ ..] = rest {
        match keyword.as_str() {
            "crate" => at = 0,
            "super" => at = modules.get(at).parent,
            "self" => {}
            _ => break,
        }
        rest = more;
    }
    while let [name, more @ ..] = rest {
        match member(modules, at, name, more.is_empty(), reexports)? {
            Found::Module(inner) => at = inner,
            item => return Some(item),
        }
        rest = more;
    }
    Some(Found::Module(at))
}

/// Looks up a name in a module. The last name of a path is an item first, others a module first.
fn member(
    modules: &Modules,
    index: usize,
    name: &str,
    is_last: bool,
    reexports: usize,
) -> Option<Found> {
    let reexports = reexports.checked_sub(1)?;
    let module = modules.get(index);
    let item = module.items.contains(name).then(|| Found::Item {
        definer: index,
        name: name.to_owned(),
    });
    let child = module.children.get(name).copied().map(Found::Module);
    let (first, last) = if is_last {
        (item, child)
    } else {
        (child, item)
    };
    let by_name = || {
        let named = module
            .imports
            .iter()
            .filter(|import| import.name.as_deref() == Some(name));
        let mut found =
            named.filter_map(|import| resolve(modules, index, &import.from.path, reexports));
        found.next()
    };
    let by_glob = || {
        let mut globs = module.imports.iter().filter(|import| import.name.is_none());
        globs.find_map(
            |glob| match resolve(modules, index, &glob.from.path, reexports)? {
                Found::Module(inner) if inner != index => {
                    member(modules, inner, name, is_last, reexports)
                }
                _ => None,
            },
        )
    };
    first.or_else(by_name).or(last).or_else(by_glob)
}
