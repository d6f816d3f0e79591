//! Facts about the steps of a type, for tools that look at recipes without running them.

/// Facts about the steps of a type, stated once by the step as
/// [`Step::TRAITS`](crate::Step::TRAITS). Checks, graphs, dry runs and restricted runs read them,
/// so that a step of your own is treated like the built-in ones.
///
/// ```
/// use recipe_core::registry::StepTraits;
///
/// // Runs its substeps for each value in `over`, each time on a copy of the context.
/// const EACH: StepTraits = StepTraits::new().isolates_substeps().repeats_substeps("over");
/// // Writes one file, whose path is in `path`, relative to the directory in `root`.
/// const SAVE: StepTraits = StepTraits::new().writes_files_at("path", Some("root"));
/// assert!(EACH.repeats_over.is_some() && SAVE.may_write_files());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepTraits {
    /// Whether it always starts a program. A step that does so only with some configurations
    /// refuses those itself.
    pub starts_programs: bool,
    /// The files it writes that later steps may call as recipes.
    pub writes_files: Option<WrittenFiles>,
    /// The recipe it calls on its own context.
    pub calls_recipe: Option<RecipeCall>,
    /// Whether it calls a language model.
    pub calls_model: bool,
    /// Whether its substeps run on copies of the context, so that it keeps none of the artifacts
    /// they set.
    pub isolates_substeps: bool,
    /// Whether its substeps run concurrently, each on its own copy of the context, rather than in
    /// the order of the document.
    pub runs_side_by_side: bool,
    /// The field with the list or object for each item of which its substeps run. Text in it is the
    /// dotted path of an artifact. The substeps may read `__index` and `__key`.
    pub repeats_over: Option<&'static str>,
    /// The condition that decides which of its substeps run.
    pub decides: Option<Decision>,
}

/// Files that a step writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrittenFiles {
    /// Any files.
    Anywhere,
    /// Files at the paths in a field; any files if the field is missing.
    At {
        /// The field with the path, a template: `path`, or `files.path` for the `path` of each
        /// object in the list `files`.
        path: &'static str,
        /// The field with the directory that the paths are relative to, a template.
        root: Option<&'static str>,
    },
}

/// A call of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipeCall {
    /// The field with the path of the recipe, a template.
    pub path: &'static str,
    /// The field with an object of artifacts to set before the call, in order; each value may use
    /// those before it.
    pub overrides: Option<&'static str>,
}

/// A choice between two branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The field with the condition: a boolean, or a template that renders to an expression.
    pub condition: &'static str,
    /// The field with the substeps that run if the condition holds.
    pub if_true: &'static str,
    /// The field with the substeps that run otherwise.
    pub if_false: &'static str,
}

impl StepTraits {
    /// Nothing but the step's own work; its substeps, if any, all run in order on its own context.
    pub const fn new() -> Self {
        Self {
            starts_programs: false,
            writes_files: None,
            calls_recipe: None,
            calls_model: false,
            isolates_substeps: false,
            runs_side_by_side: false,
            repeats_over: None,
            decides: None,
        }
    }

    /// Sets [`starts_programs`](Self::starts_programs).
    pub const fn starts_programs(mut self) -> Self {
        self.starts_programs = true;
        self
    }

    /// Sets [`writes_files`](Self::writes_files) to files at unknown paths.
    pub const fn writes_files(mut self) -> Self {
        self.writes_files = Some(WrittenFiles::Anywhere);
        self
    }

    /// Sets [`writes_files`](Self::writes_files) to the files at the paths in the field `path`,
    /// relative to the directory in the field `root`.
    pub const fn writes_files_at(mut self, path: &'static str, root: Option<&'static str>) -> Self {
        self.writes_files = Some(WrittenFiles::At { path, root });
        self
    }

    /// Sets [`calls_recipe`](Self::calls_recipe) to the recipe at the path in the field `path`,
    /// with the artifacts in the field `overrides` set before.
    pub const fn calls_recipe(
        mut self,
        path: &'static str,
        overrides: Option<&'static str>,
    ) -> Self {
        self.calls_recipe = Some(RecipeCall { path, overrides });
        self
    }

    /// Sets [`calls_model`](Self::calls_model).
    pub const fn calls_model(mut self) -> Self {
        self.calls_model = true;
        self
    }

    /// Sets [`isolates_substeps`](Self::isolates_substeps).
    pub const fn isolates_substeps(mut self) -> Self {
        self.isolates_substeps = true;
        self
    }

    /// Sets [`runs_side_by_side`](Self::runs_side_by_side), and with it
    /// [`isolates_substeps`](Self::isolates_substeps).
    pub const fn runs_side_by_side(mut self) -> Self {
        self.isolates_substeps = true;
        self.runs_side_by_side = true;
        self
    }

    /// Sets [`repeats_over`](Self::repeats_over) to the field `items`.
    pub const fn repeats_substeps(mut self, items: &'static str) -> Self {
        self.repeats_over = Some(items);
        self
    }

    /// Sets [`decides`](Self::decides) to the condition in the field `condition`, and the fields of
    /// its branches.
    pub const fn decides_by(
        mut self,
        condition: &'static str,
        if_true: &'static str,
        if_false: &'static str,
    ) -> Self {
        self.decides = Some(Decision {
            condition,
            if_true,
            if_false,
        });
        self
    }

    /// Whether files may be other ones afterwards: it writes some, or starts a program that may.
    pub const fn may_write_files(&self) -> bool {
        self.starts_programs || self.writes_files.is_some()
    }

    /// Whether its substeps may not run although it succeeds.
    pub const fn may_skip_substeps(&self) -> bool {
        self.repeats_over.is_some() || self.decides.is_some()
    }
}
