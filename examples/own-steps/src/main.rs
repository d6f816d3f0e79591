//! The command line of `recipe` with one more step:
//! `cargo run -p own-steps -- run examples/own-steps/recipe.json --context name=Ada`.

mod shout;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut registry = recipe_cli::registry();
    registry
        .register::<shout::Shout>()
        .expect("no other step has this name");
    recipe_cli::main(registry)
}
