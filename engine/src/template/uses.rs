//! What a text or condition uses, with places: names with their parts, filters, tests and functions. It walks MiniJinja's
//! parse tree; what a use means and whether it is right is the check's business.

use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, Stmt};
use minijinja::machinery::{Span, parse, parse_expr};

/// All that one text uses.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) names: Vec<NameUse>,
    pub(super) called: Vec<Called>,
}

/// A name and the parts that are asked of it, `order.eta`.
#[derive(Debug, Clone)]
pub(super) struct NameUse {
    pub(super) name: String,
    pub(super) parts: Vec<String>,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// Whether it stands beside `<`, `<=`, `>` or `>=`.
    pub(super) ordered: bool,
    /// Whether the expression has made sure before that it is not empty.
    pub(super) guarded: bool,
}

/// A filter, test or function.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

/// What a text with `{{ … }}` uses; nothing where it does not parse, which is told elsewhere.
pub(super) fn in_text(source: &str) -> Used {
    let mut walker = Walker::default();
    if source.contains('{')
        && let Ok(tree) = parse(source, "text", Default::default())
    {
        walker.statement(&tree);
    }
    walker.used
}

/// What an expression without braces uses.
pub(super) fn in_expression(source: &str) -> Used {
    let mut walker = Walker::default();
    if let Ok(tree) = parse_expr(source) {
        walker.expression(&tree);
    }
    walker.used
}

/// The names that are not empty where this condition holds.
pub(super) fn sure(condition: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(tree) = parse_expr(condition) {
        filled(&tree, &mut names);
    }
    names
}

#[derive(Default)]
struct Walker {
    used: Used,
    /// Names that the text itself makes: those of `for`, `set` and `with`.
    own: Vec<String>,
    sure: Vec<String>,
}

impl Walker {
    fn statements(&mut self, all: &[Stmt<'_>]) {
        all.iter().for_each(|one| self.statement(one));
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::ForLoop(each) => {
                self.expression(&each.iter);
                let before = self.own.len();
                self.makes(&each.target);
                self.own.push("loop".into());
                if let Some(filter) = &each.filter_expr {
                    self.expression(filter);
                }
                self.statements(&each.body);
                self.own.truncate(before);
                self.statements(&each.else_body);
            }
            Stmt::IfCond(branch) => {
                self.expression(&branch.expr);
                self.where_sure(&branch.expr, |walker| walker.statements(&branch.true_body));
                self.statements(&branch.false_body);
            }
            Stmt::WithBlock(with) => {
                let before = self.own.len();
                for (target, value) in &with.assignments {
                    self.expression(value);
                    self.makes(target);
                }
                self.statements(&with.body);
                self.own.truncate(before);
            }
            Stmt::Set(set) => {
                self.expression(&set.expr);
                self.makes(&set.target);
            }
            Stmt::SetBlock(set) => {
                self.statements(&set.body);
                self.makes(&set.target);
            }
            Stmt::FilterBlock(block) => self.statements(&block.body),
            Stmt::AutoEscape(block) => self.statements(&block.body),
            _ => {}
        }
    }

    fn makes(&mut self, target: &Expr<'_>) {
        match target {
            Expr::Var(name) => self.own.push(name.id.to_owned()),
            Expr::List(list) => list.items.iter().for_each(|item| self.makes(item)),
            Expr::Tuple(list) => list.items.iter().for_each(|item| self.makes(item)),
            _ => {}
        }
    }

    fn where_sure(&mut self, condition: &Expr<'_>, then: impl FnOnce(&mut Self)) {
        let before = self.sure.len();
        filled(condition, &mut self.sure);
        then(self);
        self.sure.truncate(before);
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(_) | Expr::GetAttr(_) => self.name(expression, false),
            Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                for end in [&slice.start, &slice.stop, &slice.step]
                    .into_iter()
                    .flatten()
                {
                    self.expression(end);
                }
            }
            Expr::UnaryOp(unary) => self.expression(&unary.expr),
            Expr::BinOp(both) => match both.op {
                BinOpKind::ScAnd => {
                    self.expression(&both.left);
                    self.where_sure(&both.left, |walker| walker.expression(&both.right));
                }
                BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
                    self.name(&both.left, true);
                    self.name(&both.right, true);
                }
                _ => {
                    self.expression(&both.left);
                    self.expression(&both.right);
                }
            },
            Expr::Compare(chain) => {
                let ordered = |op: &CompareOpKind| {
                    matches!(
                        op,
                        CompareOpKind::Lt
                            | CompareOpKind::Lte
                            | CompareOpKind::Gt
                            | CompareOpKind::Gte
                    )
                };
                self.name(
                    &chain.expr,
                    chain.ops.first().is_some_and(|first| ordered(&first.op)),
                );
                for op in &chain.ops {
                    self.name(&op.expr, ordered(&op.op));
                }
            }
            Expr::IfExpr(branch) => {
                self.expression(&branch.test_expr);
                self.where_sure(&branch.test_expr, |walker| {
                    walker.expression(&branch.true_expr)
                });
                if let Some(otherwise) = &branch.false_expr {
                    self.expression(otherwise);
                }
            }
            Expr::Filter(filter) => {
                self.called("filter", filter.name, filter.span());
                if let Some(expression) = &filter.expr {
                    self.expression(expression);
                }
                self.arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.called("test", test.name, test.span());
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            Expr::GetItem(item) => {
                self.expression(&item.expr);
                self.expression(&item.subscript_expr);
            }
            Expr::Call(call) => {
                match &call.expr {
                    Expr::Var(name) => self.called("function", name.id, name.span()),
                    Expr::GetAttr(method) => self.expression(&method.expr),
                    other => self.expression(other),
                }
                self.arguments(&call.args);
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.expression(item)),
            Expr::Tuple(list) => list.items.iter().for_each(|item| self.expression(item)),
            Expr::Map(map) => {
                map.keys.iter().for_each(|key| self.expression(key));
                map.values.iter().for_each(|value| self.expression(value));
            }
        }
    }

    /// A name with its parts; any other expression as it is.
    fn name(&mut self, expression: &Expr<'_>, ordered: bool) {
        let mut parts = Vec::new();
        let mut base = expression;
        while let Expr::GetAttr(part) = base {
            parts.insert(0, part.name.to_owned());
            base = &part.expr;
        }
        match base {
            Expr::Var(name) if self.own.iter().any(|own| own == name.id) => {}
            Expr::Var(name) => self.used.names.push(NameUse {
                name: name.id.to_owned(),
                parts,
                span: name.span().start_offset as usize..expression.span().end_offset as usize,
                ordered,
                guarded: self.sure.iter().any(|sure| sure == name.id),
            }),
            other => self.expression(other),
        }
    }

    fn arguments(&mut self, all: &[CallArg<'_>]) {
        for argument in all {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => self.expression(value),
            }
        }
    }

    fn called(&mut self, what: &'static str, name: &str, span: Span) {
        if self.own.iter().any(|own| own == name) {
            return;
        }
        self.used.called.push(Called {
            what,
            name: name.to_owned(),
            span: span.start_offset as usize..span.end_offset as usize,
        });
    }
}

fn filled(condition: &Expr<'_>, names: &mut Vec<String>) {
    match condition {
        Expr::Var(name) => names.push(name.id.to_owned()),
        Expr::GetAttr(part) => filled(&part.expr, names),
        Expr::Filter(filter) => {
            if let Some(expression) = &filter.expr {
                filled(expression, names);
            }
        }
        Expr::BinOp(both) => match both.op {
            BinOpKind::ScAnd => {
                filled(&both.left, names);
                filled(&both.right, names);
            }
            BinOpKind::Eq if matches!(both.right, Expr::Const(_)) => filled(&both.left, names),
            _ => {}
        },
        Expr::Compare(chain) => {
            if let [only] = chain.ops.as_slice()
                && matches!(only.op, CompareOpKind::Eq)
                && matches!(only.expr, Expr::Const(_))
            {
                filled(&chain.expr, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_with_its_parts_and_place() {
        let used = in_text("Hi {{ user.name }}, {{ x | nope }}");
        assert_eq!(used.names[0].name, "user");
        assert_eq!(used.names[0].parts, ["name"]);
        assert_eq!(used.names[0].span, 6..15);
        assert_eq!(
            (used.called[0].what, used.called[0].name.as_str()),
            ("filter", "nope")
        );
    }

    #[test]
    fn what_a_condition_made_sure_of_is_guarded() {
        let used = in_expression("amount and amount.value > 5");
        assert!(used.names[1].ordered && used.names[1].guarded);
        assert!(!in_expression("amount.value > 5").names[0].guarded);
    }

    #[test]
    fn the_name_of_a_loop_is_the_texts_own() {
        let used = in_text("{% for row in found %}{{ row.Name }} {{ loop.index }}{% endfor %}");
        let names: Vec<&str> = used.names.iter().map(|n| n.name.as_str()).collect();
        assert_eq!(names, ["found"]);
    }
}
