//! Texts and conditions with values of each kind: what they print, what they compare, what they send.

use super::*;
use serde_json::json;

fn said(text: &str, names: &[(&str, Shown)]) -> String {
    let mut scope = Scope::default();
    for (name, value) in names {
        scope.put(name, value.clone());
    }
    Phrase::parse(text).unwrap().render(&scope)
}

#[test]
fn what_a_value_brings_makes_no_link_and_nothing_bold() {
    let name = |text: &str| Shown::from(text.to_owned());
    assert_eq!(
        said(
            "Hi {{ x }}.",
            &[("x", name("[a](https://evil.example) *b* snake_case"))]
        ),
        r"Hi \[a\](https://evil.example) \*b\* snake_case."
    );
    assert_eq!(
        said(
            "[Open]({{ x }})",
            &[("x", name("https://a.example/b) [c](d"))]
        ),
        "[Open](https://a.example/b%29%20[c]%28d)"
    );
}

#[test]
fn an_input_is_the_value_as_it_was_typed() {
    let mut scope = Scope::default();
    scope.put("x", Shown::from("a*b"));
    assert_eq!(
        Phrase::parse("{{ x }} c").unwrap().value(&scope),
        json!("a*b c")
    );
}

#[test]
fn what_is_empty_prints_nothing_and_is_false() {
    assert_eq!(
        said("Hi {{ 'dear ' ~ x }}{{ x.Name.first }}.", &[("x", empty())]),
        "Hi dear ."
    );
    assert_eq!(said("{{ 'a' if x else 'b' }}", &[("x", empty())]), "b");
}

#[test]
fn no_value_leaves_its_place_in_a_path() {
    let path = Phrase::parse("/orders/{{ x }}/lines?full=1").unwrap();
    for (value, wanted) in [
        ("AB-1", "/orders/AB-1/lines?full=1"),
        ("a/../b", "/orders/a%2F..%2Fb/lines?full=1"),
        ("7?x#y", "/orders/7%3Fx%23y/lines?full=1"),
        ("Zoë %", "/orders/Zo%C3%AB%20%25/lines?full=1"),
    ] {
        let mut scope = Scope::default();
        scope.put("x", Shown::from(value));
        assert_eq!(path.path(&scope).as_deref(), Some(wanted));
    }
    let blocks = Phrase::parse("/{% if x %}a{% endif %}").unwrap();
    assert_eq!(blocks.path(&Scope::default()), None);
}

#[test]
fn a_date_compares_as_its_iso_text() {
    let mut scope = Scope::default();
    scope.put("due", shown("March 1, 2026".into(), &json!("2026-03-01")));
    scope.put("today", Shown::from("2026-02-28"));
    assert!(Condition::parse("due > today").unwrap().holds(&scope));
}

#[test]
fn a_list_is_a_sequence_that_prints_joined() {
    let guests = sequence(vec![Shown::from("ann"), Shown::from("bob")]);
    for (text, wanted) in [
        ("{{ x }}", "ann, bob"),
        ("{{ x | listed }}", "ann and bob"),
        ("{{ x | join(' + ') }}", "ann + bob"),
        (
            "{% for one in x %}{{ one | upper }};{% endfor %}",
            "ANN;BOB;",
        ),
        ("{{ x[0] }} {{ x | first }} {{ x | last }}", "ann ann bob"),
        ("{{ x | length }} {{ x | count('guest') }}", "2 2 guests"),
        ("{{ 'in' if 'bob' in x else 'out' }}", "in"),
        ("{{ 'same' if x == ['ann', 'bob'] }}", "same"),
        ("{{ 'some' if x }}", "some"),
    ] {
        assert_eq!(said(text, &[("x", guests.clone())]), wanted, "{text}");
    }
    let mut scope = Scope::default();
    scope.put("x", guests);
    let value = Phrase::parse("{{ x }}").unwrap().value(&scope);
    assert_eq!(value, json!(["ann", "bob"]));
}

#[test]
fn a_text_that_people_read_otherwise_compares_as_it_is() {
    let mut scope = Scope::default();
    scope.put_shown("x", Shown::from("+12065550102"), "+1 206-555-0102".into());
    let said = |text: &str| Phrase::parse(text).unwrap().render(&scope);
    assert_eq!(said("{{ x }}"), "+1 206-555-0102");
    assert_eq!(said("{{ x | length }}"), "12");
    let is = Condition::parse("x == '+12065550102'").unwrap();
    assert!(is.holds(&scope));
    let value = Phrase::parse("tel:{{ x }}").unwrap().value(&scope);
    assert_eq!(value, json!("tel:+12065550102"));
}

#[test]
fn the_filled_slots_print_their_values_and_have_their_labels() {
    let all = Shown::from(vec![filled("Due", "March 1".into(), &json!("2026-03-01"))]);
    assert_eq!(
        said(
            "{{ x | listed }}{% for one in x %}: {{ one.label }}{% endfor %}",
            &[("x", all)]
        ),
        "March 1: Due"
    );
}

#[test]
fn a_record_prints_its_name_and_a_missing_field_prints_nothing() {
    let row = json!({ "object": "Lead", "id": "1", "name": "Ann Lee", "url": "u", "fields": { "City": "Bonn" } });
    let row = record(&row);
    assert_eq!(
        said("{{ r }} {{ r.City }}{{ r.Phone }}", &[("r", row)]),
        "Ann Lee Bonn"
    );
}

#[test]
fn a_text_that_runs_too_long_renders_as_nothing() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    assert_eq!(said(endless, &[]), "");
}

#[test]
fn every_filter_that_is_known_is_there() {
    for name in known("filter") {
        let text = Phrase::parse(&format!("{{{{ x | {name} }}}}")).unwrap();
        let Form::Pieces(pieces) = &text.form else {
            unreachable!("it has braces")
        };
        let Piece::Expression(expression, _) = &pieces[0] else {
            unreachable!("it is one expression")
        };
        if let Err(error) = expression.eval(minijinja::context! { x => "a" }) {
            assert_ne!(error.kind(), minijinja::ErrorKind::UnknownFilter, "{name}");
        }
    }
}
