//! Conditions of a rubric: expressions in CEL, the Common Expression Language.

use std::collections::BTreeSet;

use cel::Program;
use cel::common::ast::{EntryExpr, Expr, IdedExpr};

use super::nearest::hint;

/// Longest condition in bytes: more is no condition that a person has read.
const LONGEST: usize = 4096;
/// Names that a condition may begin with.
const KNOWN: [&str; 3] = ["report", "submission", "lab"];

/// What is wrong with a condition, as far as it can be told without a Report.
pub(super) fn faults(source: &str) -> Vec<String> {
    if source.len() > LONGEST {
        return vec![format!("a condition has at most {LONGEST} bytes")];
    }
    let program = match Program::compile(source) {
        Ok(program) => program,
        Err(error) => {
            let why = error.to_string();
            return vec![format!("the condition is no CEL expression: {}", why.lines().next().unwrap_or_default())];
        }
    };
    let mut names = Names::default();
    names.add(program.expression());
    let unknown = names.used.iter().filter(|name| !KNOWN.contains(name) && !names.bound.contains(*name));
    let known = KNOWN.join("`, `");
    unknown.map(|name| format!("a condition knows no `{name}`{}; it may use `{known}`", hint(name, KNOWN))).collect()
}

/// Names in an expression.
#[derive(Debug, Default)]
struct Names<'e> {
    used: BTreeSet<&'e str>,
    /// Those that stand for the items of a list, as in `list.exists(item, …)`.
    bound: BTreeSet<&'e str>,
}

impl<'e> Names<'e> {
    fn add(&mut self, expression: &'e IdedExpr) {
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => drop(self.used.insert(name)),
            Expr::Select(select) => self.add(&select.operand),
            Expr::List(list) => list.elements.iter().for_each(|element| self.add(element)),
            Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).for_each(|part| self.add(part)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.add_entry(&entry.expr)),
            Expr::Struct(fields) => fields.entries.iter().for_each(|entry| self.add_entry(&entry.expr)),
            Expr::Comprehension(all) => {
                self.bound.extend([all.iter_var.as_str(), all.accu_var.as_str()]);
                self.bound.extend(all.iter_var2.as_deref());
                for part in [&all.iter_range, &all.accu_init, &all.loop_cond, &all.loop_step, &all.result] {
                    self.add(part);
                }
            }
        }
    }

    fn add_entry(&mut self, entry: &'e EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.add(&field.value),
            EntryExpr::MapEntry(entry) => [&entry.key, &entry.value].into_iter().for_each(|part| self.add(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_or_bound_by_a_list() {
        for right in [
            "report.evidence.handshake",
            "report.analysis.pings.exists(ping, ping.received > 0)",
            "report.handshake.map(segment, segment.frame)",
            "{'a': report.sha256}['a'] != ''",
        ] {
            assert_eq!(faults(right), Vec::<String>::new(), "{right}");
        }
        assert_eq!(
            faults("rpeort.sha256 == ''"),
            ["a condition knows no `rpeort`; did you mean `report`?; it may use `report`, `submission`, `lab`"]
        );
        assert!(faults("report. &&")[0].starts_with("the condition is no CEL expression: "));
        assert_eq!(faults(&" ".repeat(5000)), ["a condition has at most 4096 bytes"]);
    }
}
