//! Modules of a crate, from its root file, with their items, imports and named paths.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use syn::{Item, ItemMod};

use super::references::{self, Import, Reference, bare, is_test};

/// Modules of one crate; the first one is its root.
pub(super) struct Modules(Vec<Module>);

/// Module: a file, or a block in one.
#[derive(Default)]
pub(super) struct Module {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) parent: usize,
    /// Names of the items defined here.
    pub(super) items: HashSet<String>,
    pub(super) children: HashMap<String, usize>,
    pub(super) imports: Vec<Import>,
    /// Paths that its code names, without imports.
    pub(super) references: Vec<Reference>,
}

impl Modules {
    /// Reads a crate from its root file.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut modules = Self(Vec::new());
        let folder = root.parent().unwrap_or(Path::new(""));
        modules.read_file("crate", 0, root, folder)?;
        Ok(modules)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, index: usize) -> &Module {
        &self.0[index]
    }

    /// Path of a module in its crate: `run::scope`.
    pub(super) fn name(&self, index: usize) -> String {
        let module = self.get(index);
        match (index, module.parent) {
            (0, _) | (_, 0) => module.name.clone(),
            (_, parent) => format!("{}::{}", self.name(parent), module.name),
        }
    }

    /// `folder` contains the files of its submodules.
    fn read_file(
        &mut self,
        name: &str,
        parent: usize,
        file: &Path,
        folder: &Path,
    ) -> io::Result<usize> {
        let failed = |error: &dyn Display| io::Error::other(format!("{}: {error}", file.display()));
        let text = fs::read_to_string(file).map_err(|error| failed(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| failed(&error))?;
        self.read_items(name, parent, file, folder, &parsed.items)
    }

    fn read_items(
        &mut self,
        name: &str,
        parent: usize,
        file: &Path,
        folder: &Path,
        items: &[Item],
    ) -> io::Result<usize> {
        let index = self.0.len();
        let (imports, references) = references::of_items(items);
        self.0.push(Module {
            name: name.to_owned(),
            file: file.to_owned(),
            parent,
            items: items.iter().filter_map(name_of).collect(),
            imports,
            references,
            ..Module::default()
        });
        for item in items {
            let Item::Mod(module) = item else { continue };
            if is_test(&module.attrs) {
                continue;
            }
            let name = bare(&module.ident);
            let child = self.read_module(&name, index, file, folder, module)?;
            self.0[index].children.insert(name, child);
        }
        Ok(index)
    }

    fn read_module(
        &mut self,
        name: &str,
        parent: usize,
        file: &Path,
        folder: &Path,
        module: &ItemMod,
    ) -> io::Result<usize> {
        let inner = folder.join(name);
        if let Some((_, items)) = &module.content {
            return self.read_items(name, parent, file, &inner, items);
        }
        let beside = folder.join(format!("{name}.rs"));
        let inside = inner.join("mod.rs");
        let file = if beside.is_file() { beside } else { inside };
        self.read_file(name, parent, &file, &inner)
    }
}

fn name_of(item: &Item) -> Option<String> {
    let identifier = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(bare(identifier))
}
