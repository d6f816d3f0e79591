//! Tests of the built-in steps through a registry and an executor.

mod lab;

#[cfg(unix)]
mod command;
mod conditional;
mod controls;
mod docpack_create;
mod docpack_extract;
mod durable;
mod execute_recipe;
mod failures;
mod faulty_steps;
mod r#loop;
mod parallel;
#[cfg(target_os = "linux")]
mod process_group;
mod read_files;
mod schedule;
mod set_context;
mod wait;
mod write_files;
