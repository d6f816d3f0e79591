//! Invalid and malicious archives: extraction fails and leaves nothing behind.

use super::*;

/// Extracts an archive into a missing and an existing directory. Returns the error, after checking
/// that nothing is left behind.
async fn extract_error(bytes: &[u8]) -> Result<String, String> {
    let lab = Lab::new();
    lab.file("p.docpack", bytes);
    let before = lab.names();
    let outcome = lab.run(extract(&lab)).await;
    if outcome.result.is_ok() {
        return Err("extraction succeeded".to_owned());
    }
    assert_eq!(lab.names(), before, "{}", outcome.error());
    assert!(!outcome.context.contains("outline_data"));

    lab.file("got/files/mine.md", "mine");
    let (names, there) = (lab.names(), got(&lab));
    let error = lab.run(extract(&lab)).await.error();
    assert_eq!((lab.names(), got(&lab)), (names, there), "{error}");
    let message = lab.short(&error);
    Ok(message.replace("recipe: step 0 (docpack_extract): ", ""))
}

/// The same for an archive with an outline and these entries.
async fn entry_error(entries: impl IntoIterator<Item = Entry>) -> String {
    let mut all = vec![file("first.md", "1"), outline(&json!([]))];
    all.extend(entries);
    extract_error(&archive(&all)).await.unwrap()
}

#[tokio::test]
async fn entries_outside_the_directory() {
    for name in [
        "../evil.md",
        "a/../../evil.md",
        "a/../evil.md",
        "/tmp/evil.md",
        "..",
        "..\\evil.md",
        "\\evil.md",
        "a\\evil.md",
        "C:\\evil.md",
        "c:evil.md",
        "C:/evil.md",
        "//server/share/evil.md",
        "./../evil.md",
        "evil\0.md",
        "",
        "../evil/",
    ] {
        let message = entry_error([file(name, "evil")]).await;
        let expected = format!(
            "cannot unpack {name:?} from p.docpack: invalid name, expected a relative path inside the target directory"
        );
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn links_and_devices() {
    for mode in [
        0o120_777, 0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o040_755,
    ] {
        let message = entry_error([file("link.md", "/etc/passwd").mode(mode)]).await;
        assert_eq!(
            message,
            "cannot unpack \"link.md\" from p.docpack: not a file or a directory"
        );
    }
    // A link as the directory of the next entry, and a link as the outline.
    let link = file("d/", "/tmp").mode(0o120_777);
    let message = entry_error([link, file("d/evil.md", "")]).await;
    assert!(message.contains("not a file or a directory"), "{message}");
    let link = archive(&[file("outline.json", "/etc/passwd").mode(0o120_777)]);
    let message = extract_error(&link).await.unwrap();
    assert!(message.contains("not a file or a directory"), "{message}");
}

#[tokio::test]
async fn duplicate_entries() {
    let duplicate = "duplicate entry names in archive p.docpack";
    let conflict = |name: &str| {
        format!("cannot unpack {name:?} from p.docpack: name conflicts with another entry")
    };
    for (entries, message) in [
        (vec![file("a", "1"), file("a", "2")], duplicate.to_owned()),
        (vec![outline(&json!([]))], duplicate.to_owned()),
        (vec![file("a", ""), file("a/b", "")], conflict("a")),
        (vec![file("a/b", ""), file("a", "")], conflict("a")),
        (
            vec![file("a", ""), file("a/", "").mode(0o040_755)],
            conflict("a"),
        ),
    ] {
        assert_eq!(entry_error(entries).await, message);
    }
}

#[tokio::test]
async fn archives_that_are_too_large_when_unpacked() {
    let max = 1 << 30;
    let too_large = "docpack too large: over 1073741824 bytes when unpacked: p.docpack";
    let bomb = Entry::zeros("bomb");
    let half = bomb.clone().claims(max / 2);
    for entries in [
        vec![bomb.clone().claims(max)],
        vec![bomb.clone().claims(u32::MAX - 1)],
        vec![half.clone(), half.named("b")],
    ] {
        assert_eq!(entry_error(entries).await, too_large);
    }
    // Each entry counts, even if several share the same bytes.
    let entries = (0..1100).map(|index| bomb.clone().named(&index.to_string()).claims(1_000_000));
    assert_eq!(entry_error(entries).await, too_large);
    // The size in the header may be wrong.
    for size in [0, 1, 99_999] {
        let message = entry_error([bomb.clone().claims(size)]).await;
        let expected = "cannot unpack \"bomb\" from p.docpack: corrupt, or not a docpack entry: ";
        assert!(message.starts_with(expected), "{message}");
    }
}

#[tokio::test]
async fn too_many_entries() {
    let entries = (0..10_000).map(|index| file(index.to_string(), ""));
    assert_eq!(
        entry_error(entries).await,
        "too many entries: over 10000: p.docpack"
    );
}

#[tokio::test]
async fn encrypted_entries_and_unsupported_compression() {
    let message = entry_error([file("a.md", "A").encrypted()]).await;
    assert_eq!(message, "cannot unpack \"a.md\" from p.docpack: encrypted");
    for method in [9, 12, 14, 93, 99, 77] {
        let message = entry_error([file("a.md", "A").compressed(method)]).await;
        assert!(message.contains("p.docpack"), "{message}");
    }
}

#[tokio::test]
async fn archives_without_an_outline() {
    let missing = "missing outline.json in archive p.docpack";
    for (entries, message) in [
        (vec![], missing),
        (vec![file("a.md", "A")], missing),
        (vec![file("sub/outline.json", "{}")], missing),
        (vec![file("outline.json/", "").mode(0o040_755)], missing),
        (
            vec![file("outline.json", "[]")],
            "outline is not a JSON object: p.docpack",
        ),
        (
            vec![file("a.md", ""), file("outline.json", "{,}")],
            "invalid outline: p.docpack: line 1, column 2: key must be a string",
        ),
        (
            vec![file("outline.json", b"{\"\xff\": 1}")],
            "invalid outline: p.docpack: line 1, column 3: invalid UTF-8 at byte 2",
        ),
    ] {
        assert_eq!(extract_error(&archive(&entries)).await.unwrap(), message);
    }
    let deep = "[".repeat(100_000);
    let message = extract_error(&archive(&[file("outline.json", deep)])).await;
    assert!(message.unwrap().contains("nested too deeply"));
}

#[tokio::test]
async fn files_that_are_not_archives() {
    for bytes in ["", "PK", "text", &"long ".repeat(50_000)] {
        let message = extract_error(bytes.as_bytes()).await.unwrap();
        assert!(
            message.starts_with("cannot read archive p.docpack: "),
            "{message}"
        );
    }
}

#[tokio::test]
async fn truncated_archives() {
    let whole = archive(&[file("a.md", "A"), outline(&json!([]))]);
    for length in 0..whole.len() {
        let error = extract_error(&whole[..length]).await;
        assert!(error.is_ok(), "{length} of {} bytes", whole.len());
    }
}

#[tokio::test]
async fn archives_with_a_wrong_byte_are_unpacked_completely_or_not_at_all() {
    let text: String = (0..40).map(|n| format!("{n}{}", n * n)).collect();
    let entries = [
        Entry::deflated("text.md", text.as_bytes()),
        file("a.md", "A"),
        file("outline.json", "{}"),
    ];
    let mut contents = [text.as_str(), "A", "{}"];
    contents.sort_unstable();
    let whole = archive(&entries);
    let mut failed = 0;
    for position in 0..whole.len() {
        let lab = Lab::new();
        let mut bytes = whole.clone();
        bytes[position] ^= 0x41;
        lab.file("p.docpack", bytes);
        if lab.run(extract(&lab)).await.result.is_ok() {
            // A name may have changed.
            let files = got(&lab).into_iter();
            let files = files.filter(|(name, _)| !name.ends_with('/'));
            let mut found: Vec<_> = files.map(|(_, content)| content).collect();
            found.sort_unstable();
            assert_eq!(found, contents, "byte {position}");
            assert_eq!(lab.names(), ["got", "p.docpack"], "byte {position}");
        } else {
            failed += 1;
            assert_eq!(lab.names(), ["p.docpack"], "byte {position}");
        }
    }
    assert!(failed > whole.len() / 2, "{failed} of {}", whole.len());
}

#[tokio::test]
async fn invalid_paths() {
    let lab = Lab::new();
    lab.file("p.zip", archive(&[outline(&json!([]))]));
    lab.file("p.docpack", archive(&[outline(&json!([]))]));
    lab.file("file", "mine");
    fs::create_dir(lab.path("dir.docpack")).unwrap();
    for (docpack, target, message) in [
        ("p.zip", "got", "not a .docpack file: p.zip"),
        ("gone.docpack", "got", "file not found: gone.docpack"),
        ("dir.docpack", "got", "file not found: dir.docpack"),
        (
            "p.docpack",
            "file",
            "output path exists and is not a directory: file",
        ),
        ("p.docpack", "file/deep", "cannot write file/deep: "),
    ] {
        let steps = json!([{"type": "docpack_extract", "config": {
            "docpack_path": lab.path(docpack), "extract_dir": lab.path(target),
        }}]);
        let before = lab.names();
        let error = lab.short(&lab.run(steps).await.error());
        let error = error.replace("recipe: step 0 (docpack_extract): ", "");
        assert!(error.starts_with(message), "{error}");
        assert_eq!(lab.names(), before);
        assert_eq!(lab.read("file").as_deref(), Some("mine"));
    }
    let steps = json!([{"type": "docpack_extract", "config": {
        "docpack_path": lab.path("p.docpack"), "extract_dir": "{{ nothing }}",
    }}]);
    let error = lab.run(steps).await.error();
    assert!(error.ends_with("extract_dir is empty after rendering"));
}

#[tokio::test]
async fn a_conflict_in_the_target_changes_nothing() {
    let (a_directory, not_a_directory) = ("is a directory", "exists and is not a directory");
    for (existing, path, conflict) in [
        ("got/outline.json/x", "got/outline.json", a_directory),
        ("got/files/d/a.md/x", "got/files/d/a.md", a_directory),
        ("got/files/d", "got/files/d", not_a_directory),
        ("got/files", "got/files", not_a_directory),
    ] {
        let lab = Lab::new();
        lab.file(existing, "mine");
        let entries = [file("b.md", "B"), outline(&json!([])), file("d/a.md", "A")];
        lab.file("p.docpack", archive(&entries));
        let before = got(&lab);
        let error = lab.short(&lab.run(extract(&lab)).await.error());
        let expected = format!("output path {conflict}: {path}");
        assert!(error.ends_with(&expected), "{error}");
        assert_eq!(
            (got(&lab), lab.names()),
            (before, vec!["got".to_owned(), "p.docpack".to_owned()])
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_in_the_target_are_not_followed_out_of_it() {
    use std::os::unix::fs::symlink;
    let lab = Lab::new();
    lab.file("outside/a.md", "old");
    lab.file(
        "p.docpack",
        archive(&[outline(&json!([])), file("a.md", "new")]),
    );
    fs::create_dir(lab.path("got")).unwrap();
    symlink(lab.path("outside"), lab.path("got/files")).unwrap();
    let error = lab.short(&lab.run(extract(&lab)).await.error());
    assert!(
        error.ends_with("output path is outside the target directory because of a link: got/files"),
        "{error}"
    );
    assert_eq!(lab.read("outside/a.md").as_deref(), Some("old"));
    assert_eq!(lab.read("got/outline.json"), None);

    // A link in place of a file is replaced, not followed; the target itself may be a link.
    fs::remove_file(lab.path("got/files")).unwrap();
    fs::create_dir(lab.path("got/files")).unwrap();
    symlink(lab.path("outside/a.md"), lab.path("got/files/a.md")).unwrap();
    fs::rename(lab.path("got"), lab.path("real")).unwrap();
    symlink(lab.path("real"), lab.path("got")).unwrap();
    lab.run(extract(&lab)).await.artifacts();
    assert_eq!(lab.read("outside/a.md").as_deref(), Some("old"));
    assert_eq!(lab.read("real/files/a.md").as_deref(), Some("new"));
}
