//! MiniJinja's parse tree as expressions with the expressions in them, and where each stands in its text. What they mean
//! is left to whoever walks it.

use std::ops::Range;

use minijinja::machinery::ast::{CallArg, Expr, Stmt};

/// The expressions that stand directly in statements, those of inner blocks among them.
pub(super) fn expressions<'a>(statement: &'a Stmt<'a>) -> Vec<&'a Expr<'a>> {
    let below = |all: &'a [Stmt<'a>]| all.iter().flat_map(expressions);
    match statement {
        Stmt::Template(template) => below(&template.children).collect(),
        Stmt::EmitExpr(emit) => vec![&emit.expr],
        Stmt::ForLoop(each) => std::iter::once(&each.iter)
            .chain(&each.filter_expr)
            .chain(below(&each.body))
            .chain(below(&each.else_body))
            .collect(),
        Stmt::IfCond(branch) => std::iter::once(&branch.expr)
            .chain(below(&branch.true_body))
            .chain(below(&branch.false_body))
            .collect(),
        Stmt::WithBlock(with) => {
            let values = with.assignments.iter().map(|(_, value)| value);
            values.chain(below(&with.body)).collect()
        }
        Stmt::Set(set) => vec![&set.expr],
        Stmt::SetBlock(set) => below(&set.body).collect(),
        Stmt::FilterBlock(block) => below(&block.body).collect(),
        Stmt::AutoEscape(block) => below(&block.body).collect(),
        _ => Vec::new(),
    }
}

/// The expressions directly in an expression.
pub(super) fn children<'a>(expression: &'a Expr<'a>) -> Vec<&'a Expr<'a>> {
    match expression {
        Expr::Var(_) | Expr::Const(_) => Vec::new(),
        Expr::Slice(slice) => std::iter::once(&slice.expr)
            .chain(&slice.start)
            .chain(&slice.stop)
            .chain(&slice.step)
            .collect(),
        Expr::UnaryOp(unary) => vec![&unary.expr],
        Expr::BinOp(both) => vec![&both.left, &both.right],
        Expr::Compare(chain) => std::iter::once(&chain.expr)
            .chain(chain.ops.iter().map(|op| &op.expr))
            .collect(),
        Expr::IfExpr(branch) => [&branch.test_expr, &branch.true_expr]
            .into_iter()
            .chain(&branch.false_expr)
            .collect(),
        Expr::Filter(filter) => filter.expr.iter().chain(arguments(&filter.args)).collect(),
        Expr::Test(test) => std::iter::once(&test.expr)
            .chain(arguments(&test.args))
            .collect(),
        Expr::GetAttr(part) => vec![&part.expr],
        Expr::GetItem(item) => vec![&item.expr, &item.subscript_expr],
        Expr::Call(call) => arguments(&call.args).collect(),
        Expr::List(list) => list.items.iter().collect(),
        Expr::Tuple(list) => list.items.iter().collect(),
        Expr::Map(map) => map.keys.iter().chain(&map.values).collect(),
    }
}

fn arguments<'a>(all: &'a [CallArg<'a>]) -> impl Iterator<Item = &'a Expr<'a>> {
    all.iter().map(|argument| match argument {
        CallArg::Pos(value)
        | CallArg::Kwarg(_, value)
        | CallArg::PosSplat(value)
        | CallArg::KwargSplat(value) => value,
    })
}

/// Where an expression stands in its text, in bytes, from the first of its parts on.
pub(super) fn extent(expression: &Expr<'_>) -> Range<usize> {
    let span = expression.span();
    let own = span.start_offset as usize..span.end_offset as usize;
    children(expression)
        .into_iter()
        .map(extent)
        .fold(own, |all, part| {
            all.start.min(part.start)..all.end.max(part.end)
        })
}
