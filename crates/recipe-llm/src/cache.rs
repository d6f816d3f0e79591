//! Answers that are kept from run to run, so that what is asked again costs nothing.
//!
//! An answer is a file named after the hash of all that it is an answer to: the model, where it is reached, the whole
//! request. The request itself is not stored.

use std::fs::{self, DirEntry, File};
use std::io::{self, ErrorKind};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use recipe_core::journal::Fingerprint;
use recipe_core::{Scope, StepError, chain};
use recipe_process::{TEMPORARY_PREFIX, write_private_file};
use serde::{Deserialize, Serialize};

use crate::model::{Answer, Model, Request, ToolCall};

/// Part of every key: with another number nothing that was kept before is found. To be raised when what is hashed or
/// stored means something else than before.
const FORMAT: u32 = 1;

/// For how long an answer is kept that nobody uses.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// How many files are looked at when old ones are removed. More than these stay only while all of these are in use.
const MOST_FILES: usize = 10_000;

const EXTENSION: &str = "json";

/// A folder of answers, for steps with `cache: true`. A program [provides](recipe_core::Registry::add_extension) its registry
/// with one; without one such steps warn, and ask the model.
///
/// Several processes may use a folder at once. Answers that were not used for 30 days are removed when others are
/// written, once in the life of each of these. To forget all, remove the folder. Only who owns the files can read them;
/// no keys are in them, but what the models have answered is.
#[derive(Debug)]
pub struct AnswerCache {
    folder: PathBuf,
    is_swept: AtomicBool,
}

impl AnswerCache {
    /// The answers in this folder, which is made when the first is kept.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            is_swept: AtomicBool::new(false),
        }
    }

    fn path(&self, key: Fingerprint) -> PathBuf {
        self.folder.join(format!("{key}.{EXTENSION}"))
    }

    /// What was kept under this key. A file that is damaged is as good as none.
    fn find(&self, key: Fingerprint) -> io::Result<Option<KeptAnswer>> {
        let path = self.path(key);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let answer = serde_json::from_slice(&bytes).ok();
        if answer.is_some() {
            // Where that cannot be, it is merely forgotten too early.
            let _ = File::options()
                .write(true)
                .open(&path)
                .and_then(|file| file.set_modified(SystemTime::now()));
        }
        Ok(answer)
    }

    fn keep(&self, answers: &[(Fingerprint, KeptAnswer)]) -> io::Result<()> {
        for (key, answer) in answers {
            write_private_file(&self.path(*key), &serde_json::to_vec(answer)?)?;
        }
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            sweep(&self.folder)?;
        }
        Ok(())
    }
}

/// Removes what was not used for long.
fn sweep(folder: &Path) -> io::Result<()> {
    for file in fs::read_dir(folder)?.take(MOST_FILES) {
        let file = file?;
        if is_ours(&file) && is_old(&file) {
            // Another process may have been faster.
            let _ = fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// Whether it is an answer, or what a process that was killed has left of one: someone may have chosen a folder with other
/// things in it.
fn is_ours(file: &DirEntry) -> bool {
    let name = file.file_name();
    name.to_str().is_some_and(|name| {
        let key = name.strip_suffix(EXTENSION);
        let key = key.and_then(|name| name.strip_suffix('.'));
        name.starts_with(TEMPORARY_PREFIX) || key.and_then(Fingerprint::parse).is_some()
    })
}

fn is_old(file: &DirEntry) -> bool {
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    // A time to come is none to reckon with.
    let age = modified.ok().and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > LIFETIME)
}

/// An answer as it is stored: not what it took, which is paid for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptAnswer {
    text: String,
    tool_calls: Vec<ToolCall>,
}

impl KeptAnswer {
    /// The answer, if it is one to keep. With more tokens, one that was cut off would be another.
    fn of(answer: &Answer) -> Option<Self> {
        (!answer.is_cut_off).then(|| Self {
            text: answer.text.clone(),
            tool_calls: answer.tool_calls.clone(),
        })
    }

    fn has_secret(&self, scope: &Scope) -> bool {
        let calls = self.tool_calls.iter().flat_map(|call| {
            let texts = [&call.id, &call.name, &call.arguments];
            texts.into_iter().chain(&call.signature)
        });
        [&self.text]
            .into_iter()
            .chain(calls)
            .any(|text| scope.mask(text) != *text)
    }
}

impl From<KeptAnswer> for Answer {
    fn from(kept: KeptAnswer) -> Self {
        Self {
            text: kept.text,
            tool_calls: kept.tool_calls,
            ..Self::default()
        }
    }
}

/// What a step has to do with the answers that are kept: it uses them, and keeps its own when it has succeeded, so that an
/// answer with which it fails is not there for ever.
pub(crate) struct StepAnswers {
    cache: Arc<AnswerCache>,
    /// Cleared at the first error, so that a step warns once.
    is_usable: AtomicBool,
    new: Mutex<Vec<(Fingerprint, KeptAnswer)>>,
}

impl StepAnswers {
    /// With the cache that the program has, if it has one.
    pub(crate) fn of_step(cache: Option<&Arc<AnswerCache>>, scope: &Scope) -> Option<Self> {
        if cache.is_none() {
            scope.warn("cache: the program keeps no answers, the model is asked");
        }
        Some(Self {
            cache: cache?.clone(),
            is_usable: AtomicBool::new(true),
            new: Mutex::default(),
        })
    }

    /// The answer that was kept.
    pub(crate) async fn find(&self, key: Fingerprint, scope: &Scope) -> Option<Answer> {
        let kept = self.with_cache(scope, move |cache| cache.find(key)).await;
        kept.flatten().map(Answer::from)
    }

    /// Takes note of an answer that may become one to keep.
    pub(crate) fn note(&self, key: Fingerprint, answer: &Answer) {
        if let Some(answer) = KeptAnswer::of(answer) {
            let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
            new.push((key, answer));
        }
    }

    /// Keeps what was noted, but for what has a secret in it.
    pub(crate) async fn keep(mut self, scope: &Scope) {
        let new = self.new.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut new = mem::take(new);
        new.retain(|(_, answer)| !answer.has_secret(scope));
        if !new.is_empty() {
            self.with_cache(scope, move |cache| cache.keep(&new)).await;
        }
    }

    /// What has come of the work, unless the cache is of no use, which is told and harms nobody.
    async fn with_cache<T: Send + 'static>(
        &self,
        scope: &Scope,
        work: impl FnOnce(&AnswerCache) -> io::Result<T> + Send + 'static,
    ) -> Option<T> {
        if !self.is_usable.load(Ordering::Relaxed) {
            return None;
        }
        let cache = self.cache.clone();
        let work = move || {
            work(&cache).map_err(|source| CacheError {
                folder: cache.folder.clone(),
                source,
            })
        };
        let done = scope.blocking(work).await;
        done.inspect_err(|error| {
            self.is_usable.store(false, Ordering::Relaxed);
            scope.warn(&chain(error).to_string());
        })
        .ok()
    }
}

/// The hash of a request to a model, and of which model it is.
pub(crate) fn key(name: &str, model: &dyn Model, request: &Request) -> Fingerprint {
    let asked = serde_json::to_vec(&(FORMAT, name, model.address(), request));
    Fingerprint::from_text(asked.expect("requests are texts, numbers and JSON"))
}

/// Why answers are neither used nor kept.
#[derive(Debug, thiserror::Error)]
#[error("cache: cannot use {}", .folder.display())]
struct CacheError {
    folder: PathBuf,
    source: io::Error,
}

impl From<CacheError> for StepError {
    fn from(error: CacheError) -> Self {
        Self::failed(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AnswerFuture, AnswerSchema, Message, Tool, ToolResult};
    use serde_json::json;

    struct At(&'static str);

    impl Model for At {
        fn answer<'a>(&'a self, _: &'a Request) -> AnswerFuture<'a> {
            unreachable!("nobody asks it")
        }

        fn address(&self) -> String {
            self.0.to_owned()
        }
    }

    #[test]
    fn everything_in_a_request_makes_its_key() {
        let user = |text: &str| Message::User(text.to_owned());
        let said = |text: &str, calls: &[(&str, Option<&str>)]| Message::Assistant {
            text: text.to_owned(),
            tool_calls: calls
                .iter()
                .map(|(arguments, signature)| ToolCall {
                    id: "1".to_owned(),
                    name: "look".to_owned(),
                    arguments: (*arguments).to_owned(),
                    signature: signature.map(str::to_owned),
                })
                .collect(),
        };
        let result = |content: &str, is_error| {
            Message::ToolResults(vec![ToolResult {
                id: "1".to_owned(),
                name: "look".to_owned(),
                content: content.to_owned(),
                is_error,
            }])
        };
        let tool = |name: &str, parameters| Tool {
            name: name.to_owned(),
            description: String::new(),
            parameters,
        };
        let schema = |schema| {
            Some(AnswerSchema {
                name: "a".to_owned(),
                schema,
            })
        };
        let mut keys = Vec::new();
        let mut note = |change: &dyn Fn(&mut Request)| {
            let mut request = Request::new("p");
            change(&mut request);
            keys.push(key("m", &At("here"), &request));
        };
        note(&|_| {});
        note(&|request| request.messages = vec![user("p"), user("")]);
        note(&|request| request.messages = vec![said("p", &[])]);
        note(&|request| request.messages = vec![said("p", &[("{}", None)])]);
        note(&|request| request.messages = vec![said("p", &[("{}", Some("s"))])]);
        note(&|request| request.messages = vec![result("p", false)]);
        note(&|request| request.messages = vec![result("p", true)]);
        note(&|request| request.max_tokens = Some(1));
        note(&|request| request.temperature = Some(1.0));
        note(&|request| request.schema = schema(json!({"a": 1, "b": 2})));
        // The order is one that models see.
        note(&|request| request.schema = schema(json!({"b": 2, "a": 1})));
        note(&|request| request.tools = vec![tool("a", json!({}))]);
        note(&|request| request.tools = vec![tool("b", json!({}))]);
        note(&|request| request.tools = vec![tool("a", json!({"type": "object"}))]);
        note(&|request| request.builtin_tools = vec![json!({"type": "a"})]);
        keys.push(key("m", &At("there"), &Request::new("p")));
        keys.push(key("n", &At("here"), &Request::new("p")));
        for (index, one) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(one), "the one at {index}");
        }
        assert_eq!(keys[0], key("m", &At("here"), &Request::new("p")));
    }
}
