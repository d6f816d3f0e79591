//! Unpacking of docpacks, which must stay inside its directory.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use recipe_core::Context;
use serde_json::json;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::runtime::run;
use crate::text::text;

/// Unpacks the bytes if they start like an archive. Otherwise each line is an entry of one:
/// `name=content`, `name->target` for a symbolic link, `name` alone for a directory.
///
/// # Panics
/// If a file appears outside the output directory, or in it after a failure, or is a link.
pub fn docpack(bytes: &[u8]) {
    let archive = match bytes.starts_with(b"PK") {
        true => bytes.to_vec(),
        // The library itself rejects some names.
        false => match archive(&text(bytes)) {
            Ok(archive) => archive,
            Err(_) => return,
        },
    };
    unpack(&archive);
}

fn archive(text: &str) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (index, line) in text.lines().enumerate() {
        let method = match index % 2 {
            0 => CompressionMethod::Deflated,
            _ => CompressionMethod::Stored,
        };
        let options = options.compression_method(method);
        if let Some((name, target)) = line.split_once("->") {
            archive.add_symlink(name, target, options)?;
        } else if let Some((name, content)) = line.split_once('=') {
            archive.start_file(name, options)?;
            archive.write_all(content.as_bytes())?;
        } else {
            archive.add_directory(line, options)?;
        }
    }
    Ok(archive.finish()?.into_inner())
}

fn unpack(archive: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (inside, docpack) = (
        folder.path().join("inside"),
        folder.path().join("p.docpack"),
    );
    fs::create_dir(&inside)
        .and_then(|()| fs::write(&docpack, archive))
        .expect("the temporary folder can be written to");
    let target = inside.join("target");
    let recipe =
        json!([{"type": "docpack_extract", "docpack_path": docpack, "extract_dir": target}]);
    let mut context = Context::new();
    match run(&recipe, &mut context) {
        Ok(()) => {
            assert_eq!(names(&inside), ["target"]);
            assert!(
                names(&target)
                    .iter()
                    .all(|name| ["files", "outline.json"].contains(&&**name))
            );
            assert_plain(&target);
        }
        Err(error) => {
            let _ = error.to_string();
            assert!(names(&inside).is_empty(), "left of {archive:?}");
        }
    }
    assert_eq!(names(folder.path()), ["inside", "p.docpack"]);
}

/// Names of the entries of a directory.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Panics at entries that are neither files nor directories.
fn assert_plain(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let kind = entry.file_type().expect("the entry is there");
        assert!(kind.is_file() || kind.is_dir(), "{:?}", entry.path());
        if kind.is_dir() {
            assert_plain(&entry.path());
        }
    }
}
