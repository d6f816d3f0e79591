//! `cache: true`: repeated requests use cached responses.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use recipe_core::Context;
use recipe_llm::{ModelError, ResponseCache};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::scripted::{Outcome, Scripted, Turn, calls, cut_off, fails, text};

/// A directory for the cache, which does not exist yet.
struct CacheDirectory(TempDir);

impl CacheDirectory {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state/answers")
    }

    /// A scripted model with this cache, as in a process of its own.
    fn model(&self, turns: impl IntoIterator<Item = Turn>) -> Scripted {
        let mut model = Scripted::new(turns);
        model.cache = Some(Arc::new(ResponseCache::in_directory(self.path())));
        model
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(self.path()) else {
            return Vec::new();
        };
        files.map(|file| file.unwrap().path()).collect()
    }

    /// The only file.
    fn file(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

fn config() -> Value {
    json!({"prompt": "About {{ topic }}.", "model": "scripted/one", "output_format": "text", "output_key": "out", "cache": true})
}

fn with(field: &str, value: Value) -> Value {
    let mut config = config();
    config[field] = value;
    config
}

fn numbers() -> Value {
    with(
        "output_format",
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}),
    )
}

fn warnings(outcome: &Outcome) -> String {
    outcome.observed.warnings.lock().unwrap().join("\n")
}

fn set_age(file: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 86_400);
    let file = File::options().write(true).open(file).unwrap();
    file.set_modified(then).unwrap();
}

fn age(file: &Path) -> Duration {
    let modified = fs::metadata(file).unwrap().modified().unwrap();
    modified.elapsed().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_uses_the_cache_and_no_tokens() {
    let directory = CacheDirectory::new();
    let first = directory
        .model([text("Fish swim.")])
        .generate(config())
        .await;
    assert_eq!(first.observed.used.lock().unwrap().requests, 1);
    let model = directory.model([]);
    let second = model.generate(config()).await;
    assert_eq!(second.artifact("out"), "Fish swim.");
    assert_eq!(*second.observed.used.lock().unwrap(), Default::default());
    assert_eq!(warnings(&second), "");
    let stored = fs::read_to_string(directory.file()).unwrap();
    assert_snapshot!(stored, @r#"{"text":"Fish swim.","tool_calls":[]}"#);
}

#[tokio::test(start_paused = true)]
async fn only_steps_with_cache_use_the_cache() {
    let directory = CacheDirectory::new();
    let without = with("cache", json!(false));
    directory.model([text("a")]).generate(without.clone()).await;
    assert_eq!(directory.files(), Vec::<PathBuf>::new());
    directory.model([text("b")]).generate(config()).await;
    let outcome = directory.model([text("c")]).generate(without).await;
    assert_eq!(outcome.artifact("out"), "c");
}

#[tokio::test(start_paused = true)]
async fn any_difference_makes_another_request() {
    let directory = CacheDirectory::new();
    let mut questions = vec![
        config(),
        with("prompt", json!("About {{ topic }}")),
        with("model", json!("scripted/two")),
        with("model", json!("other/one")),
        with("max_tokens", json!(100)),
        with("temperature", json!(0)),
        with("temperature", json!(0.5)),
        with(
            "openai_builtin_tools",
            json!([{"type": "web_search_preview"}]),
        ),
        with("output_format", json!("files")),
        numbers(),
    ];
    for question in &questions {
        let response = match &question["output_format"] {
            Value::Object(_) => r#"{"n": 7}"#,
            format if *format == "files" => r#"{"files": []}"#,
            _ => "Fish swim.",
        };
        let model = directory.model([text(response)]);
        model.generate(question.clone()).await.artifact("out");
        assert_eq!(model.requests.lock().unwrap().len(), 1, "{question}");
    }
    assert_eq!(directory.files().len(), questions.len());

    let mut elsewhere = directory.model([text("elsewhere")]);
    elsewhere.address = "https://elsewhere".to_owned();
    let outcome = elsewhere.generate(config()).await;
    assert_eq!(outcome.artifact("out"), "elsewhere");

    // The artifact's name is not part of the request.
    questions.push(with("output_key", json!("{{ 'out' }}")));
    for question in questions {
        directory.model([]).generate(question).await.artifact("out");
    }
}

#[tokio::test(start_paused = true)]
async fn corrected_responses_are_cached_with_the_corrections() {
    let directory = CacheDirectory::new();
    let turns = [text("seven"), text(r#"{"n": 7}"#)];
    directory.model(turns).generate(numbers()).await;
    let outcome = directory.model([]).generate(numbers()).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_caches_nothing() {
    let directory = CacheDirectory::new();
    let never = directory.model([text("a"), text("b"), text("c")]);
    never.generate(numbers()).await.error();
    let rejected = ModelError::rejected(400, "no");
    let rejects = directory.model([text("a"), fails(rejected)]);
    rejects.generate(numbers()).await.error();
    assert_eq!(directory.files(), Vec::<PathBuf>::new());
}

#[tokio::test(start_paused = true)]
async fn a_response_that_was_cut_off_is_not_cached() {
    let directory = CacheDirectory::new();
    let outcome = directory
        .model([cut_off("Fish sw")])
        .generate(config())
        .await;
    assert_eq!(outcome.artifact("out"), "Fish sw");
    assert_eq!(directory.files(), Vec::<PathBuf>::new());
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_file_counts_as_missing() {
    let directory = CacheDirectory::new();
    directory.model([text("one")]).generate(config()).await;
    let whole = fs::read(directory.file()).unwrap();
    let corruptions: [&[u8]; 4] = [b"", &whole[..whole.len() / 2], b"\xff\x00", b"[]"];
    for corruption in corruptions {
        fs::write(directory.file(), corruption).unwrap();
        let outcome = directory.model([text("two")]).generate(config()).await;
        assert_eq!(outcome.artifact("out"), "two");
        assert_eq!(warnings(&outcome), "");
        let outcome = directory.model([]).generate(config()).await;
        assert_eq!(outcome.artifact("out"), "two");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unusable_directory_causes_one_warning() {
    let directory = CacheDirectory::new();
    fs::create_dir(directory.0.path().join("state")).unwrap();
    fs::write(directory.path(), "a file").unwrap();
    let turns = [text("seven"), text(r#"{"n": 7}"#)];
    let outcome = directory.model(turns).generate(numbers()).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    let warning = warnings(&outcome);
    assert_eq!(warning.matches("cache: cannot use").count(), 1, "{warning}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_replaced_is_reported() {
    let directory = CacheDirectory::new();
    directory.model([text("one")]).generate(config()).await;
    let file = directory.file();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let outcome = directory.model([text("two")]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), "two");
    let warning = warnings(&outcome).replace(directory.path().to_str().unwrap(), "DIR");
    assert_snapshot!(warning, @"cache: cannot use DIR: Is a directory (os error 21)");
}

#[tokio::test(start_paused = true)]
async fn a_program_without_a_cache_causes_a_warning() {
    let model = Scripted::new([text("seven"), text(r#"{"n": 7}"#)]);
    let outcome = model.generate(numbers()).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    assert_snapshot!(warnings(&outcome), @"
    cache: this program has no response cache
    scripted/one: the response is not JSON: line 1, column 1: expected value, retrying
    ");
}

#[tokio::test(start_paused = true)]
async fn a_response_with_a_secret_is_not_cached() {
    let directory = CacheDirectory::new();
    let leak = "Your key is sk-scripted.";
    let outcome = directory.model([text(leak)]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), leak);
    assert_eq!(directory.files(), Vec::<PathBuf>::new());

    // The others of the step are cached.
    let turns = || [text(leak), text(r#"{"n": 7}"#)];
    directory.model(turns()).generate(numbers()).await;
    let stored = fs::read_to_string(directory.file()).unwrap();
    assert!(!stored.contains("sk-scripted"), "{stored}");
    let model = directory.model(turns());
    model.generate(numbers()).await.artifact("out");
    assert_eq!(model.requests.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn tool_calls_are_cached_too() {
    let directory = CacheDirectory::new();
    let model = directory.model([calls([("look", "{}")]), text("It rains.")]);
    model.generate(config()).await.artifact("out");
    let again = directory.model([]).generate(config()).await;
    assert_eq!(again.artifact("out"), "It rains.");
    assert_eq!(directory.files().len(), 2);

    let secret = CacheDirectory::new();
    let arguments = r#"{"key": "sk-scripted"}"#;
    let turns = || [calls([("look", arguments)]), text("It rains.")];
    secret.model(turns()).generate(config()).await;
    let stored = fs::read_to_string(secret.file()).unwrap();
    assert!(stored.contains("It rains."), "{stored}");
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn cached_responses_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let directory = CacheDirectory::new();
    directory.model([text("one")]).generate(config()).await;
    assert_eq!(mode(&directory.path()), 0o700);
    assert_eq!(mode(&directory.file()), 0o600);
}

#[tokio::test(start_paused = true)]
async fn concurrent_steps_share_a_cache() {
    let directory = CacheDirectory::new();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let model = directory.model([text("one")]);
        tasks.spawn(async move { model.generate(config()).await });
    }
    for outcome in tasks.join_all().await {
        assert_eq!(outcome.artifact("out"), "one");
        assert_eq!(warnings(&outcome), "");
    }
    directory.file();
    let outcome = directory.model([]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), "one");
}

#[tokio::test(start_paused = true)]
async fn stale_responses_are_removed() {
    let directory = CacheDirectory::new();
    let ask = async |topic: &str, turns: Vec<Turn>| {
        let mut context = Context::new();
        context.set("topic", topic);
        let outcome = directory.model(turns).generate_in(config(), context).await;
        outcome.artifact("out");
    };
    ask("old", vec![text("x")]).await;
    let old = directory.file();
    ask("used", vec![text("x")]).await;
    let used = directory
        .files()
        .into_iter()
        .find(|file| *file != old)
        .unwrap();
    let left = directory.path().join(".recipe-Ab12");
    let foreign = directory.path().join("letter.json");
    for file in [&left, &foreign] {
        fs::write(file, "x").unwrap();
    }
    for file in [&old, &used, &left, &foreign] {
        set_age(file, 31);
    }
    ask("used", vec![]).await;
    assert!(age(&used) < Duration::from_secs(3_600));
    assert!(old.exists(), "reading removes nothing");

    ask("new", vec![text("x")]).await;
    let mut there = directory.files();
    there.retain(|file| [&old, &used, &left, &foreign].contains(&file));
    there.sort();
    let mut expected = [used, foreign];
    expected.sort();
    assert_eq!(there, expected);
}

#[tokio::test(start_paused = true)]
async fn responses_in_their_lifetime_are_kept() {
    let directory = CacheDirectory::new();
    directory.model([text("x")]).generate(config()).await;
    set_age(&directory.file(), 29);
    directory
        .model([text(r#"{"n": 1}"#)])
        .generate(numbers())
        .await;
    directory.model([]).generate(config()).await.artifact("out");
}
