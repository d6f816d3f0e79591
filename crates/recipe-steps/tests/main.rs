//! The built-in steps, run the way everybody runs them: through a registry and an executor.

mod lab;

mod execute_recipe;
mod r#loop;
mod parallel;
mod schedule;
