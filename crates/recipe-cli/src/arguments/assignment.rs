//! `NAME=VALUE` on the command line.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::{Error, ErrorKind};
use clap::{Arg, Command};
use recipe_core::Context;
use serde_json::{Map, Value};

/// A name, which is not empty, and the text given to it.
#[derive(Clone)]
pub(crate) struct Assignment {
    /// What stands before the first `=`.
    pub(crate) name: String,
    /// What stands behind it.
    pub(crate) value: String,
}

impl Assignment {
    /// It alone as a configuration.
    pub(crate) fn as_config(&self) -> Map<String, Value> {
        Map::from_iter([(self.name.clone(), self.value.clone().into())])
    }

    /// Puts all of them into the configuration of a context. Of several with one name the last counts.
    pub(crate) fn configure(all: &[Self], context: &mut Context) {
        for one in all {
            context.set_config(one.name.as_str(), one.value.as_str());
        }
    }
}

/// Reads an [`Assignment`].
#[derive(Clone, Copy)]
pub(crate) enum AssignmentParser {
    /// A message shows what was given.
    Shown,
    /// What was given may be a secret, so that no message shows it.
    Hidden,
}

impl TypedValueParser for AssignmentParser {
    type Value = Assignment;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        given: &OsStr,
    ) -> Result<Assignment, Error> {
        let reason = match given.to_str().map(|text| text.split_once('=')) {
            Some(Some((name, value))) if !name.is_empty() => {
                return Ok(Assignment {
                    name: name.to_owned(),
                    value: value.to_owned(),
                });
            }
            Some(Some(_)) => "the name before `=` is empty",
            Some(None) => "missing `=`",
            None => "not UTF-8 text",
        };
        let option = argument.and_then(Arg::get_long).unwrap_or_default();
        let form = argument
            .and_then(Arg::get_value_names)
            .and_then(<[_]>::first)
            .map_or("NAME=VALUE", |name| name.as_str());
        let shown = match self {
            Self::Shown => format!(": {}", given.display()),
            Self::Hidden => String::new(),
        };
        let message = format!("--{option} takes {form}, {reason}{shown}\n");
        Err(Error::raw(ErrorKind::ValueValidation, message).with_cmd(command))
    }
}
