//! Runs that must not start programs, including tool servers.

use recipe_core::ConfigError;

use crate::tool_servers::ToolServer;

/// Rejects tool servers that start programs. A program
/// [provides](recipe_core::Registry::add_extension) it to its registry; such servers are then
/// errors in the recipe, before its first step runs. Servers at an address are allowed.
#[derive(Debug, Clone)]
pub struct NoPrograms {
    reason: String,
}

impl NoPrograms {
    /// Creates the check; messages read `servers that start programs are not allowed: {reason}`.
    pub fn new(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { reason }
    }

    /// Fails if the server in this field starts a program.
    pub(crate) fn check(&self, server: &ToolServer, field: &str) -> Result<(), ConfigError> {
        if !server.is_program() {
            return Ok(());
        }
        let message = format!(
            "servers that start programs are not allowed: {}",
            self.reason
        );
        Err(ConfigError::new(format!("{field}.command"), message))
    }

    /// Checks a list of servers.
    pub(crate) fn check_all(&self, servers: &[ToolServer], field: &str) -> Result<(), ConfigError> {
        let mut servers = servers.iter().enumerate();
        servers.try_for_each(|(index, server)| self.check(server, &format!("{field}[{index}]")))
    }
}
