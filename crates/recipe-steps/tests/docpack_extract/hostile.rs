//! Archives that are refused: whatever is wrong with them, nothing of them is left.

use super::*;

/// What is wrong with an archive, if it is refused and nothing of it is left, be the target there before or not.
async fn refusal(bytes: &[u8]) -> Result<String, String> {
    let lab = Lab::new();
    lab.file("p.docpack", bytes);
    let before = lab.names();
    let outcome = lab.run(extract(&lab)).await;
    if outcome.result.is_ok() {
        return Err("it was unpacked".to_owned());
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

/// The same, of an archive with an outline and these entries.
async fn refusal_of(entries: impl IntoIterator<Item = Entry>) -> String {
    let mut all = vec![file("first.md", "1"), outline(&json!([]))];
    all.extend(entries);
    refusal(&archive(&all)).await.unwrap()
}

#[tokio::test]
async fn entries_that_leave_the_folder() {
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
        let message = refusal_of([file(name, "evil")]).await;
        let expected = format!(
            "cannot unpack {name:?} from p.docpack: its name leads out of the target folder, or is no plain path"
        );
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn links_and_devices() {
    for mode in [
        0o120_777, 0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o040_755,
    ] {
        let message = refusal_of([file("link.md", "/etc/passwd").mode(mode)]).await;
        assert_eq!(
            message,
            "cannot unpack \"link.md\" from p.docpack: it is neither a file nor a folder"
        );
    }
    // A link called the outline, and a link called a folder through which the next entry would leave.
    let link = file("d/", "/tmp").mode(0o120_777);
    let message = refusal_of([link, file("d/evil.md", "")]).await;
    assert!(message.contains("neither a file nor"), "{message}");
    let link = archive(&[file("outline.json", "/etc/passwd").mode(0o120_777)]);
    let message = refusal(&link).await.unwrap();
    assert!(message.contains("neither a file nor"), "{message}");
}

#[tokio::test]
async fn entries_that_take_the_place_of_others() {
    let twice = "two entries have the same name in the archive p.docpack";
    let taken = |name: &str| {
        format!("cannot unpack {name:?} from p.docpack: another entry takes its place")
    };
    for (entries, message) in [
        (vec![file("a", "1"), file("a", "2")], twice.to_owned()),
        (vec![outline(&json!([]))], twice.to_owned()),
        (vec![file("a", ""), file("a/b", "")], taken("a")),
        (vec![file("a/b", ""), file("a", "")], taken("a")),
        (
            vec![file("a", ""), file("a/", "").mode(0o040_755)],
            taken("a"),
        ),
    ] {
        assert_eq!(refusal_of(entries).await, message);
    }
}

#[tokio::test]
async fn archives_that_unpack_to_too_much() {
    let most = 1 << 30;
    let too_large = "over 1073741824 bytes when unpacked, too large for a docpack: p.docpack";
    let bomb = Entry::zeros("bomb");
    let half = bomb.clone().claims(most / 2);
    for entries in [
        vec![bomb.clone().claims(most)],
        vec![bomb.clone().claims(u32::MAX - 1)],
        vec![half.clone(), half.named("b")],
    ] {
        assert_eq!(refusal_of(entries).await, too_large);
    }
    // Of several entries with the same bytes, each counts.
    let entries = (0..1100).map(|index| bomb.clone().named(&index.to_string()).claims(1_000_000));
    assert_eq!(refusal_of(entries).await, too_large);
    // What an entry says of its size does not have to be true.
    for size in [0, 1, 99_999] {
        let message = refusal_of([bomb.clone().claims(size)]).await;
        let expected = "cannot unpack \"bomb\" from p.docpack: it is damaged, or not a docpack's: ";
        assert!(message.starts_with(expected), "{message}");
    }
}

#[tokio::test]
async fn too_many_entries() {
    let entries = (0..10_000).map(|index| file(index.to_string(), ""));
    assert_eq!(
        refusal_of(entries).await,
        "over 10000 entries, too many for a docpack: p.docpack"
    );
}

#[tokio::test]
async fn encrypted_entries_and_strange_compression() {
    let message = refusal_of([file("a.md", "A").encrypted()]).await;
    assert_eq!(
        message,
        "cannot unpack \"a.md\" from p.docpack: it is encrypted"
    );
    for method in [9, 12, 14, 93, 99, 77] {
        let message = refusal_of([file("a.md", "A").compressed(method)]).await;
        assert!(message.contains("p.docpack"), "{message}");
    }
}

#[tokio::test]
async fn archives_without_an_outline() {
    let missing = "no outline.json in the archive p.docpack";
    for (entries, message) in [
        (vec![], missing),
        (vec![file("a.md", "A")], missing),
        (vec![file("sub/outline.json", "{}")], missing),
        (vec![file("outline.json/", "").mode(0o040_755)], missing),
        (
            vec![file("outline.json", "[]")],
            "the outline is no JSON object: p.docpack",
        ),
        (
            vec![file("a.md", ""), file("outline.json", "{,}")],
            "the outline is not JSON: p.docpack: line 1, column 2: key must be a string",
        ),
        (
            vec![file("outline.json", b"{\"\xff\": 1}")],
            "the outline is not JSON: p.docpack: line 1, column 3: invalid UTF-8 at byte 2",
        ),
    ] {
        assert_eq!(refusal(&archive(&entries)).await.unwrap(), message);
    }
    let deep = "[".repeat(100_000);
    let message = refusal(&archive(&[file("outline.json", deep)])).await;
    assert!(message.unwrap().contains("nested too deeply"));
}

#[tokio::test]
async fn files_that_are_no_archives() {
    for bytes in ["", "PK", "text", &"long ".repeat(50_000)] {
        let message = refusal(bytes.as_bytes()).await.unwrap();
        assert!(
            message.starts_with("cannot read the archive p.docpack: "),
            "{message}"
        );
    }
}

#[tokio::test]
async fn archives_that_were_cut_off() {
    let whole = archive(&[file("a.md", "A"), outline(&json!([]))]);
    for length in 0..whole.len() {
        let refusal = refusal(&whole[..length]).await;
        assert!(refusal.is_ok(), "{length} of {} bytes", whole.len());
    }
}

#[tokio::test]
async fn archives_in_which_a_byte_is_wrong_are_unpacked_whole_or_not_at_all() {
    let text: String = (0..40).map(|n| format!("{n}{}", n * n)).collect();
    let entries = [
        Entry::deflated("text.md", text.as_bytes()),
        file("a.md", "A"),
        file("outline.json", "{}"),
    ];
    let mut contents = [text.as_str(), "A", "{}"];
    contents.sort_unstable();
    let whole = archive(&entries);
    let mut refused = 0;
    for position in 0..whole.len() {
        let lab = Lab::new();
        let mut bytes = whole.clone();
        bytes[position] ^= 0x41;
        lab.file("p.docpack", bytes);
        if lab.run(extract(&lab)).await.result.is_ok() {
            // A name may have become another one.
            let files = got(&lab).into_iter();
            let files = files.filter(|(name, _)| !name.ends_with('/'));
            let mut found: Vec<_> = files.map(|(_, content)| content).collect();
            found.sort_unstable();
            assert_eq!(found, contents, "byte {position}");
            assert_eq!(lab.names(), ["got", "p.docpack"], "byte {position}");
        } else {
            refused += 1;
            assert_eq!(lab.names(), ["p.docpack"], "byte {position}");
        }
    }
    assert!(refused > whole.len() / 2, "{refused} of {}", whole.len());
}

#[tokio::test]
async fn paths_that_are_no_docpack_or_no_folder() {
    let lab = Lab::new();
    lab.file("p.zip", archive(&[outline(&json!([]))]));
    lab.file("p.docpack", archive(&[outline(&json!([]))]));
    lab.file("file", "mine");
    fs::create_dir(lab.path("folder.docpack")).unwrap();
    for (docpack, target, message) in [
        ("p.zip", "got", "not a .docpack file: p.zip"),
        ("gone.docpack", "got", "file not found: gone.docpack"),
        ("folder.docpack", "got", "file not found: folder.docpack"),
        (
            "p.docpack",
            "file",
            "something else stands where the docpack unpacks to: file",
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
async fn a_target_in_which_something_is_in_the_way_stays_as_it_is() {
    for (there, in_the_way) in [
        ("got/outline.json/x", "got/outline.json"),
        ("got/files/d/a.md/x", "got/files/d/a.md"),
        ("got/files/d", "got/files/d"),
        ("got/files", "got/files"),
    ] {
        let lab = Lab::new();
        lab.file(there, "mine");
        let entries = [file("b.md", "B"), outline(&json!([])), file("d/a.md", "A")];
        lab.file("p.docpack", archive(&entries));
        let before = got(&lab);
        let error = lab.short(&lab.run(extract(&lab)).await.error());
        let expected = format!("something else stands where the docpack unpacks to: {in_the_way}");
        assert!(error.ends_with(&expected), "{error}");
        assert_eq!(
            (got(&lab), lab.names()),
            (before, vec!["got".to_owned(), "p.docpack".to_owned()])
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_are_in_the_target_lead_nothing_out_of_it() {
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
        error.ends_with("a link leads out of the folder that the docpack unpacks to: got/files"),
        "{error}"
    );
    assert_eq!(lab.read("outside/a.md").as_deref(), Some("old"));
    assert_eq!(lab.read("got/outline.json"), None);

    // A file that is a link is replaced, not written through; the target itself may be a link.
    fs::remove_file(lab.path("got/files")).unwrap();
    fs::create_dir(lab.path("got/files")).unwrap();
    symlink(lab.path("outside/a.md"), lab.path("got/files/a.md")).unwrap();
    fs::rename(lab.path("got"), lab.path("real")).unwrap();
    symlink(lab.path("real"), lab.path("got")).unwrap();
    lab.run(extract(&lab)).await.artifacts();
    assert_eq!(lab.read("outside/a.md").as_deref(), Some("old"));
    assert_eq!(lab.read("real/files/a.md").as_deref(), Some("new"));
}
