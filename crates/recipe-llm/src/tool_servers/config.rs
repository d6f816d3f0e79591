//! A server of tools, as a recipe names it.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use recipe_core::policy::Timeout;
use recipe_core::template::Template;
#[cfg(feature = "mcp")]
use recipe_core::{ConfigError, StepBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The longest time that an answer may take where none is given, in seconds.
const DEFAULT_TIMEOUT: f64 = 300.0;

/// A server of tools that speaks the Model Context Protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Fields")]
#[non_exhaustive]
pub struct ToolServer {
    /// How it is reached.
    pub reached: Reached,
    /// What stands before the names of its tools when a model is told of them.
    pub tool_prefix: Option<Template>,
    /// The longest time that an answer of it may take; 300 seconds where none is given.
    pub timeout: Option<Timeout>,
    /// The part of a run that has it to itself.
    pub shared: Shared,
}

/// The part of a run that has a server to itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[non_exhaustive]
pub enum Shared {
    /// Each step: the server is started for it and ended with it.
    #[default]
    Step,
    /// The whole run: the server is started when the first step needs it, and ended with the run.
    Run,
}

/// A server of tools in a step: one that the recipe names, or one that is written there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ServerReference {
    /// The name of a server under `mcp_servers` of the recipe.
    Named(String),
    /// A server that is written in the step.
    Written(Box<ToolServer>),
}

impl ServerReference {
    /// The server itself, which stands in this field of a step.
    ///
    /// # Errors
    /// When the recipe has no server of the name, or has it wrong.
    #[cfg(feature = "mcp")]
    pub(crate) fn resolve(
        self,
        field: &str,
        builder: &StepBuilder<'_>,
    ) -> Result<ToolServer, ConfigError> {
        let name = match self {
            Self::Written(server) => return Ok(*server),
            Self::Named(name) => name,
        };
        let written = builder.mcp_server(&name);
        let written = written.map_err(|error| ConfigError::new(field, error))?;
        ToolServer::deserialize(Value::Object(written.clone())).map_err(|error| {
            ConfigError::new(field, format!("mcp_servers.{name} of the recipe: {error}"))
        })
    }
}

impl<'de> Deserialize<'de> for ServerReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrFields;

        impl<'de> Visitor<'de> for NameOrFields {
            type Value = ServerReference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a server or an object")
            }

            fn visit_str<E>(self, name: &str) -> Result<ServerReference, E> {
                Ok(ServerReference::Named(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ServerReference, A::Error> {
                let server = ToolServer::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ServerReference::Written(Box::new(server)))
            }
        }

        deserializer.deserialize_any(NameOrFields)
    }
}

impl JsonSchema for ServerReference {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ServerReference".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "description": "The name of a server under `mcp_servers` of the recipe." },
                generator.subschema_for::<ToolServer>(),
            ]
        })
    }
}

#[cfg(feature = "mcp")]
impl ToolServer {
    /// The longest time that an answer of it may take.
    pub(crate) fn timeout(&self) -> Timeout {
        let default = || Timeout::try_from(DEFAULT_TIMEOUT).expect("it is more than nothing");
        self.timeout.unwrap_or_else(default)
    }

    /// Whether it is a program to start.
    pub(crate) fn is_program(&self) -> bool {
        matches!(self.reached, Reached::Program { .. })
    }
}

/// How a server is reached.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reached {
    /// It is a program that is started, and ended with the step.
    Program {
        /// The program.
        command: Template,
        /// Its arguments.
        args: Vec<Template>,
        /// Its environment variables.
        env: IndexMap<String, Template>,
        /// Its working directory.
        working_dir: Option<Template>,
    },
    /// It is there already.
    Address {
        /// Where.
        url: Template,
        /// What each request has beside what the protocol needs.
        headers: IndexMap<String, Template>,
    },
}

/// A server of tools that speaks the Model Context Protocol: a program that is started and ended with the step
/// (`command`), or one that is there already (`url`).
#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "ToolServer",
    extend("oneOf" = [{"required": ["command"]}, {"required": ["url"]}])
)]
struct Fields {
    /// The program to start, which speaks over its standard input and output. A template.
    #[serde(default)]
    command: Option<Template>,
    /// The arguments of the program. Templates.
    #[serde(default)]
    args: Vec<Template>,
    /// Environment variables of the program. Beside these it has only `HOME`, `LANG`, `LOGNAME`, `PATH`, `SHELL`, `TERM`,
    /// `TMPDIR` and `USER` of the environment. One that renders to nothing is taken from the configuration, the
    /// environment or `.env`. The values are templates.
    #[serde(default)]
    env: IndexMap<String, Template>,
    /// The folder to run the program in; the working directory by default. A template.
    #[serde(default)]
    working_dir: Option<Template>,
    /// The same as `working_dir`. A template.
    #[serde(default)]
    cwd: Option<Template>,
    /// The address of a server that is there already, over streamable HTTP, or over HTTP with server-sent events where it
    /// is an old one. A template.
    #[serde(default)]
    url: Option<Template>,
    /// Headers to send to that address, `Authorization` for example. The values are templates.
    #[serde(default)]
    headers: IndexMap<String, Template>,
    /// What stands before the names of the server's tools, with a `_`, when a model is told of them, so that those of two
    /// servers can be told apart. A template.
    #[serde(default)]
    tool_prefix: Option<Template>,
    /// Seconds that the answer to a call, or to the request for the list of tools, may take: 300 by default. A call that
    /// takes longer is cancelled and fails.
    #[serde(default)]
    #[schemars(extend("default" = DEFAULT_TIMEOUT as u64))]
    timeout: Option<Timeout>,
    /// The part of a run that has the server to itself: `step` by default, so that it is started and ended with each step, or
    /// `run`: all steps of the run that have the same server share it. It is started when the first one needs it, and ended
    /// with the run.
    #[serde(default)]
    shared: Shared,
}

/// Why fields are no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotAServer {
    #[error("a server has either `command` or `url`")]
    Neither,
    #[error("a server has `command` or `url`, not both")]
    Both,
    #[error("`{0}` belongs to servers with `command`")]
    OfPrograms(&'static str),
    #[error("`headers` belongs to servers with `url`")]
    OfAddresses,
    #[error("`cwd` and `working_dir` are the same, give one of them")]
    TwoFolders,
    #[error("an environment variable cannot be called {0:?}")]
    Variable(String),
}

impl TryFrom<Fields> for ToolServer {
    type Error = NotAServer;

    fn try_from(fields: Fields) -> Result<Self, NotAServer> {
        let reached = match (fields.command, fields.url) {
            (None, None) => return Err(NotAServer::Neither),
            (Some(_), Some(_)) => return Err(NotAServer::Both),
            (Some(_), None) if !fields.headers.is_empty() => return Err(NotAServer::OfAddresses),
            (Some(command), None) => {
                let wrong = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
                if let Some(name) = fields.env.keys().find(wrong) {
                    return Err(NotAServer::Variable(name.clone()));
                }
                if fields.cwd.is_some() && fields.working_dir.is_some() {
                    return Err(NotAServer::TwoFolders);
                }
                Reached::Program {
                    command,
                    args: fields.args,
                    env: fields.env,
                    working_dir: fields.working_dir.or(fields.cwd),
                }
            }
            (None, Some(url)) => {
                let of_programs = [
                    ("args", !fields.args.is_empty()),
                    ("env", !fields.env.is_empty()),
                    ("working_dir", fields.working_dir.is_some()),
                    ("cwd", fields.cwd.is_some()),
                ];
                if let Some((name, _)) = of_programs.iter().find(|(_, is_there)| *is_there) {
                    return Err(NotAServer::OfPrograms(name));
                }
                Reached::Address {
                    url,
                    headers: fields.headers,
                }
            }
        };
        Ok(Self {
            reached,
            tool_prefix: fields.tool_prefix,
            timeout: fields.timeout,
            shared: fields.shared,
        })
    }
}

impl JsonSchema for ToolServer {
    fn schema_name() -> Cow<'static, str> {
        Fields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Fields::json_schema(generator)
    }
}
