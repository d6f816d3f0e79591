//! The program or address of a server, with its templates rendered.

use std::path::Path;

use indexmap::IndexMap;
use recipe_core::template::Template;
use recipe_core::{Context, InField, Scope, StepError};
use recipe_process::{Inherited, ProcessError, Program};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::config::{ServerTransport, ToolServer};
use super::error::ToolServerError;
use crate::http_clients::address;

/// Variables that the official SDKs also pass to a server's program: no keys of others.
const INHERITED: Inherited = Inherited::Only(&[
    "HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER",
]);

/// Program or address of a server.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Program(Program),
    Address {
        url: Url,
        /// Sorted.
        headers: Vec<(HeaderName, HeaderValue)>,
    },
}

impl Target {
    /// Renders the templates of the server in this field. Values that look like secrets are masked
    /// from here on.
    pub(super) fn render(
        server: &ToolServer,
        field: &str,
        scope: &Scope,
        context: &Context,
    ) -> Result<Self, StepError> {
        match &server.transport {
            ServerTransport::Program {
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
            ServerTransport::Address { url, headers } => {
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

    /// Display name: the program without its directory, or the address without secrets.
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
        Ok(url) => format!("expected http: or https:, found {}:", url.scheme()),
        Err(error) => format!("invalid address: {error}"),
    };
    Err(ToolServerError::Unusable { field, reason })
}

/// Renders the variables. Empty ones are looked up in the configuration, the environment and
/// `.env`.
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
            // Variables of the environment belong to this step alone.
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
        let invalid = |reason: &str| {
            StepError::failed(ToolServerError::Unusable {
                field: field.clone(),
                reason: reason.to_owned(),
            })
        };
        let header: HeaderName = name.parse().map_err(|_| invalid("invalid header name"))?;
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| invalid("invalid character for an HTTP header"))?;
        value.set_sensitive(true);
        scope.learn_secrets(&secrets_of_header(&header, name, &text));
        rendered.push((header, value));
    }
    Ok(rendered)
}

/// Possible secrets in an address: its query parameters and its password, decoded and as written.
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

/// The secret in a header, under the name of a secret. In `Authorization` it follows the scheme.
fn secrets_of_header(header: &HeaderName, name: &str, text: &str) -> Map<String, Value> {
    let mut named = Map::new();
    if header == AUTHORIZATION {
        let credentials = text
            .split_once(' ')
            .map_or(text, |(_, credentials)| credentials);
        named.insert("token".to_owned(), Value::from(credentials.trim()));
    } else {
        named.insert(name.to_owned(), Value::from(text));
    }
    named
}

/// Renders an argument of a program.
fn argument(template: &Template, field: &str, context: &Context) -> Result<String, StepError> {
    let text = template.render(context).in_field(field)?;
    if text.contains('\0') {
        let field = field.to_owned();
        return Err(ProcessError::Nul { field }.into());
    }
    Ok(text)
}
