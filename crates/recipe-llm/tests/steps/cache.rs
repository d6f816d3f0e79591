//! `cache: true`: what was answered before is not asked again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use recipe_core::Context;
use recipe_llm::{AnswerCache, ModelError};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::scripted::{Outcome, Scripted, Turn, calls, cut_off, fails, text};

/// A folder to keep answers in, which is not there yet.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state/answers")
    }

    /// A model with a script whose answers are kept here. As in a process of its own.
    fn model(&self, turns: impl IntoIterator<Item = Turn>) -> Scripted {
        let mut model = Scripted::new(turns);
        model.answers = Some(Arc::new(AnswerCache::in_folder(self.path())));
        model
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(self.path()) else {
            return Vec::new();
        };
        files.map(|file| file.unwrap().path()).collect()
    }

    /// The one file that there is.
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
    outcome.told.warnings.lock().unwrap().join("\n")
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
async fn what_was_asked_before_is_not_asked_again_and_takes_nothing() {
    let folder = Folder::new();
    let first = folder.model([text("Fish swim.")]).generate(config()).await;
    assert_eq!(first.told.used.lock().unwrap().requests, 1);
    let model = folder.model([]);
    let second = model.generate(config()).await;
    assert_eq!(second.artifact("out"), "Fish swim.");
    assert_eq!(*second.told.used.lock().unwrap(), Default::default());
    assert_eq!(warnings(&second), "");
    let stored = fs::read_to_string(folder.file()).unwrap();
    assert_snapshot!(stored, @r#"{"text":"Fish swim.","tool_calls":[]}"#);
}

#[tokio::test(start_paused = true)]
async fn only_steps_that_say_so_use_and_keep_answers() {
    let folder = Folder::new();
    let without = with("cache", json!(false));
    folder.model([text("a")]).generate(without.clone()).await;
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
    folder.model([text("b")]).generate(config()).await;
    let outcome = folder.model([text("c")]).generate(without).await;
    assert_eq!(outcome.artifact("out"), "c");
}

#[tokio::test(start_paused = true)]
async fn anything_else_is_another_question() {
    let folder = Folder::new();
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
        let answer = match &question["output_format"] {
            Value::Object(_) => r#"{"n": 7}"#,
            format if *format == "files" => r#"{"files": []}"#,
            _ => "Fish swim.",
        };
        let model = folder.model([text(answer)]);
        model.generate(question.clone()).await.artifact("out");
        assert_eq!(model.asked.lock().unwrap().len(), 1, "{question}");
    }
    assert_eq!(folder.files().len(), questions.len());

    let mut elsewhere = folder.model([text("elsewhere")]);
    elsewhere.address = "https://elsewhere".to_owned();
    let outcome = elsewhere.generate(config()).await;
    assert_eq!(outcome.artifact("out"), "elsewhere");

    // Where the answer goes to is no part of the question.
    questions.push(with("output_key", json!("{{ 'out' }}")));
    for question in questions {
        folder.model([]).generate(question).await.artifact("out");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_were_put_right_are_kept_with_those_that_were_wrong() {
    let folder = Folder::new();
    let turns = [text("seven"), text(r#"{"n": 7}"#)];
    folder.model(turns).generate(numbers()).await;
    let outcome = folder.model([]).generate(numbers()).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_keeps_nothing() {
    let folder = Folder::new();
    let never = folder.model([text("a"), text("b"), text("c")]);
    never.generate(numbers()).await.error();
    let refused = ModelError::Refused {
        status: 400,
        message: "no".into(),
    };
    let refuses = folder.model([text("a"), fails(refused)]);
    refuses.generate(numbers()).await.error();
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
}

#[tokio::test(start_paused = true)]
async fn what_was_cut_off_is_not_kept() {
    let folder = Folder::new();
    let outcome = folder.model([cut_off("Fish sw")]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), "Fish sw");
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_damaged_is_none() {
    let folder = Folder::new();
    folder.model([text("one")]).generate(config()).await;
    let whole = fs::read(folder.file()).unwrap();
    let damages: [&[u8]; 4] = [b"", &whole[..whole.len() / 2], b"\xff\x00", b"[]"];
    for damage in damages {
        fs::write(folder.file(), damage).unwrap();
        let outcome = folder.model([text("two")]).generate(config()).await;
        assert_eq!(outcome.artifact("out"), "two");
        assert_eq!(warnings(&outcome), "");
        let outcome = folder.model([]).generate(config()).await;
        assert_eq!(outcome.artifact("out"), "two");
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_none_is_told_once_and_does_no_harm() {
    let folder = Folder::new();
    fs::create_dir(folder.0.path().join("state")).unwrap();
    fs::write(folder.path(), "a file").unwrap();
    let turns = [text("seven"), text(r#"{"n": 7}"#)];
    let outcome = folder.model(turns).generate(numbers()).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    let told = warnings(&outcome);
    assert_eq!(told.matches("cache: cannot use").count(), 1, "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_replaced_is_told() {
    let folder = Folder::new();
    folder.model([text("one")]).generate(config()).await;
    let file = folder.file();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let outcome = folder.model([text("two")]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), "two");
    let told = warnings(&outcome).replace(folder.path().to_str().unwrap(), "FOLDER");
    assert_snapshot!(told, @"cache: cannot use FOLDER: Is a directory (os error 21)");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_keeps_nothing_says_so() {
    let model = Scripted::new([text("seven"), text(r#"{"n": 7}"#)]);
    let outcome = model.generate(numbers()).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    assert_snapshot!(warnings(&outcome), @"
    cache: the program keeps no answers, the model is asked
    scripted/one: the answer is not JSON: line 1, column 1: expected value, asking again
    ");
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_a_secret_is_not_kept() {
    let folder = Folder::new();
    let told = "Your key is sk-scripted.";
    let outcome = folder.model([text(told)]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), told);
    assert_eq!(folder.files(), Vec::<PathBuf>::new());

    // One that is only in the way does not keep the other from being kept.
    let turns = || [text(told), text(r#"{"n": 7}"#)];
    folder.model(turns()).generate(numbers()).await;
    let stored = fs::read_to_string(folder.file()).unwrap();
    assert!(!stored.contains("sk-scripted"), "{stored}");
    let model = folder.model(turns());
    model.generate(numbers()).await.artifact("out");
    assert_eq!(model.asked.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_model_wants_done_is_an_answer_as_well() {
    let folder = Folder::new();
    let model = folder.model([calls([("look", "{}")]), text("It rains.")]);
    model.generate(config()).await.artifact("out");
    let again = folder.model([]).generate(config()).await;
    assert_eq!(again.artifact("out"), "It rains.");
    assert_eq!(folder.files().len(), 2);

    let secret = Folder::new();
    let arguments = r#"{"key": "sk-scripted"}"#;
    let turns = || [calls([("look", arguments)]), text("It rains.")];
    secret.model(turns()).generate(config()).await;
    let stored = fs::read_to_string(secret.file()).unwrap();
    assert!(stored.contains("It rains."), "{stored}");
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn what_is_kept_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new();
    folder.model([text("one")]).generate(config()).await;
    assert_eq!(mode(&folder.path()), 0o700);
    assert_eq!(mode(&folder.file()), 0o600);
}

#[tokio::test(start_paused = true)]
async fn many_at_once_do_not_get_into_each_others_way() {
    let folder = Folder::new();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let model = folder.model([text("one")]);
        tasks.spawn(async move { model.generate(config()).await });
    }
    for outcome in tasks.join_all().await {
        assert_eq!(outcome.artifact("out"), "one");
        assert_eq!(warnings(&outcome), "");
    }
    folder.file();
    let outcome = folder.model([]).generate(config()).await;
    assert_eq!(outcome.artifact("out"), "one");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_has_used_for_long_is_removed() {
    let folder = Folder::new();
    let ask = async |topic: &str, turns: Vec<Turn>| {
        let mut context = Context::new();
        context.set("topic", topic);
        let outcome = folder.model(turns).generate_in(config(), context).await;
        outcome.artifact("out");
    };
    ask("old", vec![text("x")]).await;
    let old = folder.file();
    ask("used", vec![text("x")]).await;
    let used = folder
        .files()
        .into_iter()
        .find(|file| *file != old)
        .unwrap();
    let left = folder.path().join(".recipe-Ab12");
    let foreign = folder.path().join("letter.json");
    for file in [&left, &foreign] {
        fs::write(file, "x").unwrap();
    }
    for file in [&old, &used, &left, &foreign] {
        set_age(file, 31);
    }
    ask("used", vec![]).await;
    assert!(age(&used) < Duration::from_secs(3_600));
    assert!(old.exists(), "what only reads removes nothing");

    ask("new", vec![text("x")]).await;
    let mut there = folder.files();
    there.retain(|file| [&old, &used, &left, &foreign].contains(&file));
    there.sort();
    let mut expected = [used, foreign];
    expected.sort();
    assert_eq!(there, expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_that_old_stays() {
    let folder = Folder::new();
    folder.model([text("x")]).generate(config()).await;
    set_age(&folder.file(), 29);
    folder
        .model([text(r#"{"n": 1}"#)])
        .generate(numbers())
        .await;
    folder.model([]).generate(config()).await.artifact("out");
}
