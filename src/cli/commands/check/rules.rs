//! The rules in words: all of them, or one.

use std::{fmt, process::ExitCode};

use annexe::{
    Hint as _,
    check::{Code, ParseCodeError, Ruleset, Severity},
};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::Outcome,
    wording::{self, Facts},
};

/// A rule.
#[derive(Debug, Serialize)]
struct Rule {
    code: Code,
    severity: Severity,
    explanation: &'static str,
    fix: &'static str,
}

impl Rule {
    fn of(code: Code, ruleset: Ruleset) -> Self {
        Self {
            code,
            severity: code.severity(ruleset),
            explanation: code.explanation(),
            fix: code.fix(),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut facts = Facts::default();
        facts.add("why", self.explanation);
        facts.add("fix", self.fix);
        write!(formatter, "{}[{}]{facts}", self.severity, self.code)
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rules(Vec<Rule>);

impl fmt::Display for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|rule| {
            vec![
                rule.code.to_string(),
                rule.severity.to_string(),
                summary(rule.code).to_owned(),
            ]
        });
        formatter.write_str(&wording::table(&rows.collect::<Vec<_>>()))
    }
}

/// A rule in one sentence: the first one says what is wrong, those after it why that matters.
pub fn summary(code: Code) -> &'static str {
    let explanation = code.explanation();
    let first = explanation.split_once(". ").map(|(first, _)| first);
    first.unwrap_or(explanation).trim_end_matches('.')
}

/// Reads the code of a rule.
pub fn code(text: &str) -> Result<Code, String> {
    text.parse()
        .map_err(|error: ParseCodeError| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
}

/// Prints all rules.
pub fn list(ruleset: Ruleset, context: &Context<'_>) -> Outcome {
    let rules = Code::ALL.iter().map(|code| Rule::of(*code, ruleset));
    context.output.result(&Rules(rules.collect()))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints one rule.
pub fn explain(code: Code, ruleset: Ruleset, context: &Context<'_>) -> Outcome {
    context.output.result(&Rule::of(code, ruleset))?;
    Ok(ExitCode::SUCCESS)
}
