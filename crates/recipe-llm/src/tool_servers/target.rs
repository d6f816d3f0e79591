//! What a server is in a run: the program or the address, with its templates rendered.

use std::path::Path;

use indexmap::IndexMap;
use recipe_core::template::Template;
use recipe_core::{Context, InField, Scope, StepError};
use recipe_process::{Inherited, ProcessError, Program};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::config::{Reached, ToolServer};
use super::error::ToolServerError;
use crate::http_clients::address;

/// What the official SDKs let a server's program see as well: not the keys of others.
const INHERITED: Inherited = Inherited::Only(&[
    "HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER",
]);

/// Where a server is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Program(Program),
    Address {
        url: Url,
        /// In an order of their own.
        headers: Vec<(HeaderName, HeaderValue)>,
    },
}

impl Target {
    /// Renders the templates of a server, which stands in this field. What looks like a secret in it is one from here on.
    pub(super) fn of(
        server: &ToolServer,
        field: &str,
        scope: &Scope,
        context: &Context,
    ) -> Result<Self, StepError> {
        match &server.reached {
            Reached::Program {
                command,
                args,
                env,
                working_dir,
            } => {
                let program = argument(command, &format!("{field}.command"), context)?;
                if program.is_empty() {
                    let template = command.text().to_owned();
                    return Err(ProcessError::NoProgram { template }.into());
                }
                let arguments = args.iter().enumerate();
                let folder = working_dir.as_ref();
                Ok(Self::Program(Program {
                    program,
                    arguments: arguments
                        .map(|(index, text)| {
                            argument(text, &format!("{field}.args[{index}]"), context)
                        })
                        .collect::<Result<_, _>>()?,
                    environment: environment(env, field, scope, context)?,
                    inherited: INHERITED,
                    directory: folder
                        .map(|folder| argument(folder, &format!("{field}.working_dir"), context))
                        .transpose()?,
                }))
            }
            Reached::Address { url, headers } => {
                let field_of_url = format!("{field}.url");
                let text = url.render(context).in_field(&field_of_url)?;
                let url = parse_url(text.trim(), field_of_url).map_err(StepError::failed)?;
                scope.learn_secrets(&secrets_of_address(&url));
                Ok(Self::Address {
                    headers: rendered_headers(headers, field, scope, context)?,
                    url,
                })
            }
        }
    }

    /// What to call it: the program without its folder, the address without what may be secret in it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Program(program) => {
                let path = Path::new(&program.program);
                let name = path.file_name().unwrap_or(path.as_os_str());
                name.to_string_lossy().into_owned()
            }
            Self::Address { url, .. } => address(url),
        }
    }
}

fn parse_url(text: &str, field: String) -> Result<Url, ToolServerError> {
    let reason = match Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => return Ok(url),
        Ok(url) => format!(
            "an address begins with http: or https:, not {}:",
            url.scheme()
        ),
        Err(error) => format!("no address: {error}"),
    };
    Err(ToolServerError::Unusable { field, reason })
}

/// The variables. Those that are empty come from the configuration, the environment or `.env`, if they are there.
fn environment(
    env: &IndexMap<String, Template>,
    field: &str,
    scope: &Scope,
    context: &Context,
) -> Result<Vec<(String, String)>, StepError> {
    let mut variables = Map::new();
    for (name, template) in env {
        let mut value = argument(template, &format!("{field}.env.{name}"), context)?;
        if value.is_empty() {
            // What the environment has belongs to this step alone.
            let mut known = context.clone();
            scope.load_variables(std::slice::from_ref(name), &mut known);
            match known.config().get(&name.to_lowercase()) {
                Some(Value::String(known)) => value.clone_from(known),
                Some(Value::Null) | None => continue,
                Some(other) => value = other.to_string(),
            }
        }
        variables.insert(name.clone(), Value::String(value));
    }
    scope.learn_secrets(&variables);
    let variables = variables.into_iter();
    Ok(variables
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect())
}

fn rendered_headers(
    headers: &IndexMap<String, Template>,
    field: &str,
    scope: &Scope,
    context: &Context,
) -> Result<Vec<(HeaderName, HeaderValue)>, StepError> {
    let mut rendered = Vec::new();
    for (name, template) in headers {
        let field = format!("{field}.headers.{name}");
        let text = template.render(context).in_field(&field)?;
        let refused = |reason: &str| {
            StepError::failed(ToolServerError::Unusable {
                field: field.clone(),
                reason: reason.to_owned(),
            })
        };
        let header: HeaderName = name
            .parse()
            .map_err(|_| refused("no header can be called that"))?;
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| refused("it has characters that no header can have"))?;
        value.set_sensitive(true);
        scope.learn_secrets(&secrets_of_header(&header, name, &text));
        rendered.push((header, value));
    }
    Ok(rendered)
}

/// What of an address may be secret: its query, by the names in it, and its password. Both as they are written, too.
fn secrets_of_address(url: &Url) -> Map<String, Value> {
    let meant = url.query_pairs();
    let meant = meant.map(|(name, value)| (name.into_owned(), value.into_owned()));
    let written = url.query().unwrap_or_default().split('&');
    let written = written.filter_map(|pair| pair.split_once('='));
    let written = written.map(|(name, value)| (format!("{name}, written"), value.to_owned()));
    let password = url.password();
    let password = password.map(|password| ("password".to_owned(), password.to_owned()));
    let all = meant.chain(written).chain(password);
    all.map(|(name, value)| (name, value.into())).collect()
}

/// What of a header is secret, under names of secrets. In `Authorization` it stands behind the scheme.
fn secrets_of_header(header: &HeaderName, name: &str, text: &str) -> Map<String, Value> {
    let mut named = Map::new();
    if header == AUTHORIZATION {
        let credentials = text.split_once(' ').map_or(text, |(_, behind)| behind);
        named.insert("token".to_owned(), Value::from(credentials.trim()));
    } else {
        named.insert(name.to_owned(), Value::from(text));
    }
    named
}

/// A rendered text that a program can be given.
fn argument(template: &Template, field: &str, context: &Context) -> Result<String, StepError> {
    let text = template.render(context).in_field(field)?;
    if text.contains('\0') {
        let field = field.to_owned();
        return Err(ProcessError::Nul { field }.into());
    }
    Ok(text)
}
