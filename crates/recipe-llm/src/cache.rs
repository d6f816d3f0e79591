//! Cached responses: a repeated request costs nothing.
//!
//! A response is stored in a file named after the hash of its request: the model, its address, and
//! the whole request. The request itself is not stored.

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

use crate::model::{Model, Request, Response, ToolCall};

/// Version of the format; part of every key, so that earlier entries are not found. Increase it if
/// the meaning of the hashed or stored data changes.
const FORMAT: u32 = 1;

/// Time after which an unused response is removed.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// Number of files that one sweep looks at. Beyond that, stale files stay only while all of these
/// are in use.
const MAX_SWEPT_FILES: usize = 10_000;

const EXTENSION: &str = "json";

/// A directory of cached responses, for steps with `cache: true`. A program
/// [provides](recipe_core::Registry::add_extension) it to its registry; without it such steps warn
/// and ask the model.
///
/// Several processes may share a directory. Responses unused for 30 days are removed when others
/// are written, once per instance. To clear the cache, remove the directory. The files are readable
/// only by their owner; they hold no keys, but they do hold the responses of the models.
#[derive(Debug)]
pub struct ResponseCache {
    directory: PathBuf,
    is_swept: AtomicBool,
}

impl ResponseCache {
    /// Opens the cache in a directory, which is created with the first entry.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            is_swept: AtomicBool::new(false),
        }
    }

    fn path(&self, key: Fingerprint) -> PathBuf {
        self.directory.join(format!("{key}.{EXTENSION}"))
    }

    /// Reads an entry. A corrupt file counts as missing.
    fn get(&self, key: Fingerprint) -> io::Result<Option<CachedResponse>> {
        let path = self.path(key);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let response = serde_json::from_slice(&bytes).ok();
        if response.is_some() {
            // On failure the entry only expires too early.
            let _ = File::options()
                .write(true)
                .open(&path)
                .and_then(|file| file.set_modified(SystemTime::now()));
        }
        Ok(response)
    }

    fn store(&self, responses: &[(Fingerprint, CachedResponse)]) -> io::Result<()> {
        for (key, response) in responses {
            write_private_file(&self.path(*key), &serde_json::to_vec(response)?)?;
        }
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            sweep(&self.directory)?;
        }
        Ok(())
    }
}

/// Removes stale entries.
fn sweep(directory: &Path) -> io::Result<()> {
    for file in fs::read_dir(directory)?.take(MAX_SWEPT_FILES) {
        let file = file?;
        if is_cache_file(&file) && is_stale(&file) {
            // Another process may have been faster.
            let _ = fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// Whether a file is an entry, or a temporary file of a killed process: the directory may hold
/// other files.
fn is_cache_file(file: &DirEntry) -> bool {
    let name = file.file_name();
    name.to_str().is_some_and(|name| {
        let key = name.strip_suffix(EXTENSION);
        let key = key.and_then(|name| name.strip_suffix('.'));
        name.starts_with(TEMPORARY_PREFIX) || key.and_then(Fingerprint::parse).is_some()
    })
}

fn is_stale(file: &DirEntry) -> bool {
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    // A time in the future gives no age.
    let age = modified.ok().and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > LIFETIME)
}

/// A response as stored, without its usage, which is already paid for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CachedResponse {
    text: String,
    tool_calls: Vec<ToolCall>,
}

impl CachedResponse {
    /// Returns the entry, unless the response was cut off: more tokens would change it.
    fn from_response(response: &Response) -> Option<Self> {
        (!response.is_cut_off).then(|| Self {
            text: response.text.clone(),
            tool_calls: response.tool_calls.clone(),
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

impl From<CachedResponse> for Response {
    fn from(cached: CachedResponse) -> Self {
        Self {
            text: cached.text,
            tool_calls: cached.tool_calls,
            ..Self::default()
        }
    }
}

/// A step's use of the cache. The step reads entries, and writes its own once it has succeeded, so
/// that a response which fails the step is not cached.
pub(crate) struct StepCache {
    cache: Arc<ResponseCache>,
    /// Cleared at the first error, so that a step warns once.
    is_usable: AtomicBool,
    new: Mutex<Vec<(Fingerprint, CachedResponse)>>,
}

impl StepCache {
    /// Creates the step's view of the program's cache, if there is one.
    pub(crate) fn new(cache: Option<&Arc<ResponseCache>>, scope: &Scope) -> Option<Self> {
        if cache.is_none() {
            scope.warn("cache: this program has no response cache");
        }
        Some(Self {
            cache: cache?.clone(),
            is_usable: AtomicBool::new(true),
            new: Mutex::default(),
        })
    }

    /// Returns a cached response.
    pub(crate) async fn get(&self, key: Fingerprint, scope: &Scope) -> Option<Response> {
        let cached = self.with_cache(scope, move |cache| cache.get(key)).await;
        cached.flatten().map(Response::from)
    }

    /// Records a response that may be cached later.
    pub(crate) fn record(&self, key: Fingerprint, response: &Response) {
        if let Some(response) = CachedResponse::from_response(response) {
            let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
            new.push((key, response));
        }
    }

    /// Writes the recorded responses, except those with a secret.
    pub(crate) async fn store(mut self, scope: &Scope) {
        let new = self.new.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut new = mem::take(new);
        new.retain(|(_, response)| !response.has_secret(scope));
        if !new.is_empty() {
            self.with_cache(scope, move |cache| cache.store(&new)).await;
        }
    }

    /// Runs `work` on the cache. An error is reported as a warning, and the step goes on without
    /// the cache.
    async fn with_cache<T: Send + 'static>(
        &self,
        scope: &Scope,
        work: impl FnOnce(&ResponseCache) -> io::Result<T> + Send + 'static,
    ) -> Option<T> {
        if !self.is_usable.load(Ordering::Relaxed) {
            return None;
        }
        let cache = self.cache.clone();
        let work = move || {
            work(&cache).map_err(|source| CacheError {
                directory: cache.directory.clone(),
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

/// Hash of a request, the model's name and its address.
pub(crate) fn key(name: &str, model: &dyn Model, request: &Request) -> Fingerprint {
    let request_bytes = serde_json::to_vec(&(FORMAT, name, model.address(), request));
    Fingerprint::from_text(request_bytes.expect("requests have string keys only"))
}

/// Error of the cache.
#[derive(Debug, thiserror::Error)]
#[error("cache: cannot use {}", .directory.display())]
struct CacheError {
    directory: PathBuf,
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
    use crate::model::{Message, ResponseFuture, ResponseSchema, Tool, ToolResult};
    use serde_json::json;

    struct At(&'static str);

    impl Model for At {
        fn respond<'a>(&'a self, _: &'a Request) -> ResponseFuture<'a> {
            unreachable!("the test does not ask it")
        }

        fn address(&self) -> String {
            self.0.to_owned()
        }
    }

    #[test]
    fn everything_in_a_request_makes_its_key() {
        let user = |text: &str| Message::User(text.to_owned());
        let assistant = |text: &str, calls: &[(&str, Option<&str>)]| Message::Assistant {
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
            Some(ResponseSchema {
                name: "a".to_owned(),
                schema,
            })
        };
        let mut keys = Vec::new();
        let mut record = |change: &dyn Fn(&mut Request)| {
            let mut request = Request::new("p");
            change(&mut request);
            keys.push(key("m", &At("here"), &request));
        };
        record(&|_| {});
        record(&|request| request.messages = vec![user("p"), user("")]);
        record(&|request| request.messages = vec![assistant("p", &[])]);
        record(&|request| request.messages = vec![assistant("p", &[("{}", None)])]);
        record(&|request| request.messages = vec![assistant("p", &[("{}", Some("s"))])]);
        record(&|request| request.messages = vec![result("p", false)]);
        record(&|request| request.messages = vec![result("p", true)]);
        record(&|request| request.max_tokens = Some(1));
        record(&|request| request.temperature = Some(1.0));
        record(&|request| request.schema = schema(json!({"a": 1, "b": 2})));
        // Models see the order.
        record(&|request| request.schema = schema(json!({"b": 2, "a": 1})));
        record(&|request| request.tools = vec![tool("a", json!({}))]);
        record(&|request| request.tools = vec![tool("b", json!({}))]);
        record(&|request| request.tools = vec![tool("a", json!({"type": "object"}))]);
        record(&|request| request.builtin_tools = vec![json!({"type": "a"})]);
        keys.push(key("m", &At("there"), &Request::new("p")));
        keys.push(key("n", &At("here"), &Request::new("p")));
        for (index, one) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(one), "the one at {index}");
        }
        assert_eq!(keys[0], key("m", &At("here"), &Request::new("p")));
    }
}
