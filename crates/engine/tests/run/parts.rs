//! Failures of parts and branches, in flows whose exception subprocess handles them one by one, and in those where it does not.

use super::world::IMPORTED;
use super::{By, check};

const BAD: &str = "{ script: { file: s.js, function: fail_on_bad } }";
const HANDLE: &str = "[{ set: { body: '(${body}|${property.CamelSplitIndex}|${property.P}|${header.H}|${exception.message})' } }, { send: h }]";
const HANDLE_AND_FAIL: &str =
    "[{ set: { body: '(${body}|${property.CamelSplitIndex})' } }, { send: h }, { end: error }]";

fn flow(steps: &str, on_error: &str, more: &str) -> String {
    format!(
        "flow: f\nfrom: {{ http: /f }}\nsteps: {steps}\non-error: {on_error}\n{more}receivers:\n  r: {{ http: {{ url: 'http://r' }} }}\n  h: {{ http: {{ url: 'http://h' }} }}\n"
    )
}

#[test]
fn a_part_is_handled_with_its_own_message() {
    let part = format!("{{ set: {{ property: {{ P: 'p${{body}}' }}, header: {{ H: h }} }} }}, {BAD}, {{ send: r }}");
    let split = |how: &str, after: &str| format!("[{{ split: {{ line: true, {how}, steps: [{part}] }} }}{after}]");
    let gather = ", { gather: concat }, { set: { body: '[${body}]' } }";
    let handled = "(bad|1|pbad|h|bad body)";
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            &split("stop-on-error: true", ""),
            HANDLE,
            "a\nbad\nc",
            &format!("COMPLETED\nanswer 200 a\nbad\nc\nr <- a\nh <- {handled}\nr <- c"),
        ),
        (
            &split("stop-on-error: false", ""),
            HANDLE,
            "a\nbad\nc",
            &format!("COMPLETED\nanswer 200 a\nbad\nc\nr <- a\nh <- {handled}\nr <- c"),
        ),
        (
            &split("stop-on-error: true, parallel: 3", gather),
            HANDLE,
            "a\nbad\nc",
            &format!("COMPLETED\nanswer 200 [a{handled}c]\nr <- a\nh <- {handled}\nr <- c"),
        ),
        // What the handler leaves goes to the gather, also where no part gets there on its own.
        (
            &split("stop-on-error: true", gather),
            HANDLE,
            "bad",
            "COMPLETED\nanswer 200 [(bad|0|pbad|h|bad body)]\nh <- (bad|0|pbad|h|bad body)",
        ),
        // A handler that ends with an error: the part failed, and nothing is handled twice.
        (
            &split("stop-on-error: true", gather),
            HANDLE_AND_FAIL,
            "a\nbad\nc",
            "FAILED\nfails J0001: bad body @script-s.js\nanswer 500\nr <- a\nh <- (bad|1)",
        ),
        (
            &split("stop-on-error: false", gather),
            HANDLE_AND_FAIL,
            "bad\nb\nbad",
            "FAILED\nfails J0001: 2 of 3 parts failed, first: bad body @script-s.js\nanswer 500\nh <- (bad|0)\nr <- b\nh <- (bad|2)",
        ),
        (
            &split("stop-on-error: true", ""),
            "[{ script: { file: s.js, function: fail, name: own } }]",
            "bad\nb",
            "FAILED\nfails J0001: script failed @own\nanswer 500",
        ),
        (
            &split("stop-on-error: true", ""),
            "[{ end: { escalation: others } }]",
            "bad\nb",
            "ESCALATED escalated\nfails X0208: the flow ended with an escalation: others @\nanswer 500",
        ),
        // A body that breaks off is no failure of a part.
        (
            "[{ split: { xpath: /r/i, steps: [{ send: r }] } }]",
            "[{ set: { body: '${property.CamelSplitIndex}${body}' } }, { send: h }]",
            "<r><i/><i>",
            "COMPLETED\nanswer 200 <r><i/><i>\nr <- <i/>\nh <- <r><i/><i>",
        ),
        // Inside each other: the innermost part is handled, or every one around it fails.
        (
            &format!(
                "[{{ split: {{ line: true }} }}, {{ split: {{ token: ',' }} }}, {BAD}, {{ gather: concat }}, {{ set: {{ body: '<${{body}}>' }} }}, {{ gather: concat }}]"
            ),
            "[{ set: { body: '${body}${property.CamelSplitIndex}' } }, { send: h }]",
            "a,bad\nbad,c",
            "COMPLETED\nanswer 200 <abad1><bad0c>\nh <- bad1\nh <- bad0",
        ),
        (
            &format!(
                "[{{ split: {{ line: true, steps: [{{ split: {{ token: ',', steps: [{BAD}, {{ send: r }}] }} }}] }} }}]"
            ),
            HANDLE_AND_FAIL,
            "a,bad\nc",
            "FAILED\nfails J0001: bad body @script-s.js\nanswer 500\nr <- a\nh <- (bad|1)",
        ),
        // Before and after the split the whole is handled.
        (
            "[{ split: { line: true, steps: [{ send: r }] } }, { script: { file: s.js, function: fail } }]",
            "[{ send: h }]",
            "a\nb",
            "COMPLETED\nanswer 200 a\nb\nr <- a\nr <- b\nh <- a\nb",
        ),
    ];
    for (steps, on_error, body, expect) in cases {
        check(&[&format!("{IMPORTED}{}", flow(steps, on_error, ""))], By::Http, body, &[], expect);
    }
}

#[test]
fn a_branch_is_handled_with_its_own_message() {
    let multicast = |parallel: bool| {
        format!(
            "[{{ multicast: {{ parallel: {parallel}, branches: {{ a: [{{ set: {{ body: A }} }}], b: [{{ set: {{ body: bad }} }}, {BAD}], c: [{{ send: r }}] }} }} }}, join, {{ gather: concat }}, {{ set: {{ body: '[${{body}}]' }} }}]"
        )
    };
    let well = "[{ set: { body: '(${body})' } }, { send: h }]";
    let cases = [
        (multicast(false), well, "COMPLETED\nanswer 200 [A(bad)x]\nh <- (bad)\nr <- x"),
        (multicast(true), well, "COMPLETED\nanswer 200 [A(bad)x]\nr <- x\nh <- (bad)"),
        (
            multicast(false),
            "[{ set: { body: '(${body})' } }, { send: h }, { end: error }]",
            "FAILED\nfails J0001: bad body @script-s.js\nanswer 500\nh <- (bad)",
        ),
    ];
    for (steps, on_error, expect) in cases {
        check(&[&format!("{IMPORTED}{}", flow(&steps, on_error, ""))], By::Http, "x", &[], expect);
    }
}

/// What a called process changed in its own unit of work is rolled back before the part is handled; what the handler
/// changes commits with the process.
#[test]
fn units_of_work_of_a_part_that_is_handled() {
    let work = |transaction: &str| {
        format!(
            "processes:\n  work: {{ transaction: {transaction}, steps: [{{ store-write: {{ store: s, entry: 'w${{property.CamelSplitIndex}}' }} }}, {BAD}] }}\n"
        )
    };
    let steps = "[{ split: { line: true, steps: [{ call: work }] } }]";
    let handle = "[{ store-write: { store: s, entry: 'h${property.CamelSplitIndex}' } }]";
    for (main, transaction, expect) in [
        ("none", "required", "commit 1\ncommit 1\ndata-store s of f: waiting a\ndata-store s of f: waiting bad"),
        (
            "none",
            "none",
            "commit 1\ncommit 1\ncommit 1\ndata-store s of f: waiting a\ndata-store s of f: waiting bad\ndata-store s of f: waiting bad",
        ),
        (
            "required",
            "inherit",
            "commit 3\ndata-store s of f: waiting a\ndata-store s of f: waiting bad\ndata-store s of f: waiting bad",
        ),
    ] {
        let flow = flow(steps, handle, &format!("transaction: {main}\n{}", work(transaction)));
        check(
            &[&format!("{IMPORTED}{flow}")],
            By::Http,
            "a\nbad",
            &[],
            &format!("COMPLETED\nanswer 200 a\nbad\n{expect}"),
        );
    }
}

/// In a flow of our own language the exception subprocess runs once, for the message that was split.
#[test]
fn the_whole_is_handled_once() {
    let steps = format!("[{{ split: {{ line: true, stop-on-error: false, steps: [{BAD}, {{ send: r }}] }} }}]");
    check(
        &[&flow(&steps, HANDLE, "")],
        By::Http,
        "bad\nb\nbad",
        &[],
        "COMPLETED\nanswer 200 (bad\nb\nbad||||2 of 3 parts failed, first: bad body)\nr <- b\nh <- (bad\nb\nbad||||2 of 3 parts failed, first: bad body)",
    );
}
