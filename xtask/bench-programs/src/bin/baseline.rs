//! Baseline: the work of `recipe` for each substep of a `parallel`, written by hand.
//!
//! `baseline TASKS LIMIT PATH [eager] [blocking]`: number of tasks, of concurrent tasks, and the
//! file that each reads. Each task clones the map, reads the file, renders a template parsed
//! before, and inserts the result into the clone. It parses and checks no recipe and reports no
//! events.
//!
//! With `eager` all tasks are spawned at the start and wait at a semaphore; otherwise a task is
//! spawned once it can run, as in `recipe`. With `blocking` files are read on the threads of the
//! runtime, as `recipe` does with a small file it has read before; otherwise on blocking threads.

use std::env;
use std::error::Error;
use std::sync::Arc;

use liquid_core::model::{ScalarCow, Value};
use liquid_core::parser;
use liquid_core::{Language, Object, Renderable, Template};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

/// State shared by all tasks.
struct Shared {
    places: Arc<Semaphore>,
    template: Template,
    path: String,
    is_blocking: bool,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [tasks, limit, path, ways @ ..] = &arguments[..] else {
        return Err("usage: baseline TASKS LIMIT PATH [eager] [blocking]".into());
    };
    let shared = Arc::new(Shared {
        places: Arc::new(Semaphore::new(limit.parse()?)),
        template: template()?,
        path: path.clone(),
        is_blocking: ways.iter().any(|way| way == "blocking"),
    });
    let is_eager = ways.iter().any(|way| way == "eager");
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    runtime.block_on(run(shared, tasks.parse()?, is_eager))
}

/// Template of the recipe that `recipe` is measured with.
fn template() -> Result<Template, Failure> {
    let mut language = Language::default();
    language
        .filters
        .register("upcase".to_owned(), Box::new(liquid_lib::stdlib::Upcase));
    Ok(parser::parse("Hello {{ name | upcase }}", &language).map(Template::new)?)
}

async fn run(shared: Arc<Shared>, tasks: usize, is_eager: bool) -> Result<(), Failure> {
    let mut parent = Object::new();
    parent.insert("name".into(), Value::scalar("world"));
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        let (shared, map) = (shared.clone(), parent.clone());
        let place = match is_eager {
            true => None,
            false => Some(shared.places.clone().acquire_owned().await?),
        };
        running.spawn(async move {
            let _place = match place {
                Some(place) => place,
                None => shared.places.clone().acquire_owned().await?,
            };
            substep(&shared, map).await
        });
        // Finished tasks are freed at once, as in `recipe`.
        while let Some(ended) = running.try_join_next() {
            ended??;
        }
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

async fn substep(shared: &Shared, mut map: Object) -> Result<(), Failure> {
    let text = match shared.is_blocking {
        true => std::fs::read_to_string(&shared.path)?,
        false => tokio::fs::read_to_string(&shared.path).await?,
    };
    let greeting = {
        let runtime = liquid_core::runtime::RuntimeBuilder::new()
            .set_globals(&map)
            .build();
        shared.template.render(&runtime)?
    };
    map.insert("greeting".into(), Value::Scalar(ScalarCow::new(greeting)));
    // Prevents the optimizer from removing the work.
    std::hint::black_box((text, map));
    Ok(())
}
