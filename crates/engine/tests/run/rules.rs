//! Processes: status rules, exception subprocesses, escalations, units of work, ProcessDirect.

use std::sync::Arc;

use base::Message;
use engine::Trigger;

use super::world::World;
use super::{By, check};

/// A flow with an optional local process `work` and exception subprocesses.
fn flow(transaction: &str, steps: &str, on_error: &str, work: &str) -> String {
    let on_error = if on_error.is_empty() { String::new() } else { format!("on-error:\n{on_error}") };
    let work = if work.is_empty() { String::new() } else { format!("processes:\n  work:\n{work}") };
    format!(
        "flow: f\nfrom:\n  http: /f\ntransaction: {transaction}\nsteps:\n{steps}\n{on_error}\n{work}\nreceivers:\n  r: {{ http: {{ url: 'http://r' }} }}\n  q: {{ queue: {{ name: out }} }}\n  p: {{ process-direct: /callee }}\n"
    )
}

const WRITE: &str = "  - store-write: { store: s, entry: a }\n";
const FAIL: &str = "  - script: { file: s.js, function: fail }\n";

#[test]
fn status_by_end_event() {
    let cases: &[(&str, &str, By, &str)] = &[
        ("  - end: message", "", By::Http, "COMPLETED\nanswer 200 x"),
        ("  - end: { error: no }", "", By::Http, "FAILED\nfails X0207: no @end-error\nanswer 500"),
        ("  - end: error", "", By::Timer, "FAILED\nfails X0207: the flow ended with an error @end-error"),
        (
            "  - end: error",
            "",
            By::Queue(0),
            "RETRY\nfails X0207: the flow ended with an error @end-error\ncommit 1\nqueue in: waiting r1 +60s x",
        ),
        (
            "  - end: error",
            "",
            By::Queue(1),
            "RETRY\nfails X0207: the flow ended with an error @end-error\ncommit 1\nqueue in: waiting r2 +120s x",
        ),
        (
            "  - end: error",
            "",
            By::Queue(2),
            "ESCALATED\nfails X0207: the flow ended with an error @end-error\ncommit 1\nqueue in: escalated r3 x",
        ),
        ("  - end: error", "", By::Called(false, true), "FAILED\nfails X0207: the flow ended with an error @end-error"),
        (
            "  - script: { file: s.js, function: bug }",
            "",
            By::Queue(0),
            "ESCALATED\nfails J0003: script host died @script-s.js\ncommit 1\nqueue in: blocked r1 x",
        ),
        ("  - end: terminate", "", By::Queue(0), "COMPLETED\nbody x\ncommit 1"),
        // Handled failures complete.
        (FAIL, "  - set: { body: handled }", By::Http, "COMPLETED\nanswer 200 handled"),
        (
            FAIL,
            "  - set: { body: handled }\n  - end: error",
            By::Http,
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500",
        ),
        (
            FAIL,
            "  - end: { error: '${exception.message} in ${property.SAP_ErrorModelStepID}' }",
            By::Http,
            "FAILED\nfails X0207: script failed in script-s.js @end-error\nanswer 500",
        ),
        (
            FAIL,
            "  - script: { file: s.js, function: bug }",
            By::Http,
            "FAILED\nfails J0003: script host died @script-s.js-2\nanswer 500",
        ),
        (FAIL, "  - script: { file: s.js, function: sees_exception }", By::Http, "COMPLETED\nanswer 200 script failed"),
        (
            "  - script: { file: s.js, function: throw }\n",
            "  - script: { file: s.js, function: sees_exception }",
            By::Http,
            "COMPLETED\nanswer 200 nojava.lang.IllegalStateException",
        ),
        (
            "  - script: { file: s.js, function: throw_own }\n",
            "  - script: { file: s.js, function: sees_exception }",
            By::Http,
            "COMPLETED\nanswer 200 noMyEx",
        ),
        (
            "  - script: { file: s.js, function: throw_text }\n",
            "  - script: { file: s.js, function: sees_exception }",
            By::Http,
            "COMPLETED\nanswer 200 no",
        ),
        // SAP's words, for scripts and conditions that look for the status.
        (
            "  - set: { body: C0004 }\n  - script: { file: s.js, function: answers }\n",
            "  - set: { body: '${exception.message}, ${property.CamelExceptionCaught}' }",
            By::Http,
            "COMPLETED\nanswer 200 HTTP operation failed invoking http://h/p with statusCode: 500, \
             HTTP operation failed invoking http://h/p with statusCode: 500",
        ),
        (
            "  - set: { body: C0007 }\n  - script: { file: s.js, function: answers }\n",
            "  - set: { body: '${exception.message}' }",
            By::Http,
            "COMPLETED\nanswer 200 POST http://h/p answered 500 Internal Server Error",
        ),
        // Escalation of the main path and of an exception subprocess.
        (
            "  - end: { escalation: others }",
            "",
            By::Http,
            "ESCALATED escalated\nfails X0208: the flow ended with an escalation: others @\nanswer 500",
        ),
        ("  - end: { escalation: others }", "", By::Timer, "ESCALATED escalated\nbody x"),
        ("  - end: { escalation: others }", "", By::Called(true, false), "ESCALATED escalated\nbody x"),
        (
            "  - end: { escalation: others }",
            "",
            By::Called(false, false),
            "ESCALATED escalated\nfails X0208: the flow ended with an escalation: others @",
        ),
        (
            "  - end: { escalation: others }",
            "",
            By::Queue(0),
            "ESCALATED escalated\nfails X0208: the flow ended with an escalation: others @\ncommit 1\nqueue in: escalated r1 x",
        ),
        (FAIL, "  - end: { escalation: others }", By::Called(true, true), "ESCALATED escalated\nbody x"),
        (
            FAIL,
            "  - end: { escalation: others }",
            By::Queue(1),
            "ESCALATED escalated\nfails X0208: the flow ended with an escalation: others @\ncommit 1\nqueue in: escalated r2 x",
        ),
    ];
    for (steps, on_error, by, expect) in cases {
        check(&[&flow("none", steps, on_error, "")], *by, "x", &[], expect);
    }
}

#[test]
fn local_processes() {
    let call = "  - call: work\n  - set: { body: '${body}+after' }";
    let fails = "    steps: [{ script: { file: s.js, function: fail } }]\n";
    let cases: &[(&str, &str, &str, &str)] = &[
        // Handled inside: the caller goes on (unlike SAP).
        (
            call,
            "",
            &format!("{fails}    on-error: [{{ set: {{ body: handled }} }}]\n"),
            "COMPLETED\nanswer 200 handled+after",
        ),
        (
            call,
            "",
            &format!("{fails}    on-error: [{{ set: {{ body: handled }} }}, {{ end: message }}]\n"),
            "COMPLETED\nanswer 200 handled+after",
        ),
        // Not handled inside: the main process' exception subprocess catches it (unlike SAP).
        (
            call,
            "  - set: { body: 'main saw ${exception.message}' }",
            fails,
            "COMPLETED\nanswer 200 main saw script failed",
        ),
        (call, "", fails, "FAILED\nfails J0001: script failed @script-s.js\nanswer 500"),
        (
            call,
            "",
            &format!("{fails}    on-error: [{{ end: error }}]\n"),
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500",
        ),
        // An escalation in the normal path of a local process is recorded; in its exception subprocess it stops the run.
        (call, "", "    steps: [{ end: { escalation: others } }]\n", "COMPLETED escalated\nanswer 200 x+after"),
        (
            call,
            "",
            &format!("{fails}    on-error: [{{ end: {{ escalation: others }} }}]\n"),
            "ESCALATED escalated\nfails X0208: the flow ended with an escalation: others @\nanswer 500",
        ),
        (call, "", "    steps: [{ end: terminate }]\n", "COMPLETED\nanswer 200 x"),
    ];
    for (steps, on_error, work, expect) in cases {
        check(&[&flow("none", steps, on_error, work)], By::Http, "x", &[], expect);
    }
}

#[test]
fn units_of_work() {
    let two = "  - store-write: { store: s, entry: a }\n  - store-write: { store: s, entry: b }\n";
    let failing = format!("{two}{FAIL}");
    let a_and_b = "data-store s of f: waiting x\ndata-store s of f: waiting x";
    let inner = |t: &str, end: &str| {
        format!("    transaction: {t}\n    steps: [{{ store-write: {{ store: s, entry: in }} }}{end}]\n")
    };
    let call = "  - store-write: { store: s, entry: a }\n  - call: work\n";
    let fails = ", { script: { file: s.js, function: fail } }";
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        ("none", two, "", "", &format!("COMPLETED\nanswer 200 x\ncommit 1\ncommit 1\n{a_and_b}")),
        ("required", two, "", "", &format!("COMPLETED\nanswer 200 x\ncommit 2\n{a_and_b}")),
        (
            "none",
            &failing,
            "",
            "",
            &format!("FAILED\nfails J0001: script failed @script-s.js\nanswer 500\ncommit 1\ncommit 1\n{a_and_b}"),
        ),
        ("required", &failing, "", "", "FAILED\nfails J0001: script failed @script-s.js\nanswer 500"),
        // Handled: the process is successful and commits; an error end rolls back, its own writes included.
        ("required", FAIL, WRITE, "", "COMPLETED\nanswer 200 x\ncommit 1\ndata-store s of f: waiting x"),
        (
            "required",
            FAIL,
            &format!("{WRITE}  - end: error"),
            "",
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500",
        ),
        (
            "none",
            FAIL,
            &format!("{WRITE}  - end: error"),
            "",
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500\ncommit 1\ndata-store s of f: waiting x",
        ),
        // Local processes: their own unit, the caller's, or none.
        (
            "required",
            call,
            "",
            &inner("required", ""),
            &format!("COMPLETED\nanswer 200 x\ncommit 1\ncommit 1\n{a_and_b}"),
        ),
        ("required", call, "", &inner("inherit", ""), &format!("COMPLETED\nanswer 200 x\ncommit 2\n{a_and_b}")),
        ("none", call, "", &inner("inherit", ""), &format!("COMPLETED\nanswer 200 x\ncommit 1\ncommit 1\n{a_and_b}")),
        (
            "required",
            call,
            "  - end: message",
            &inner("required", fails),
            "COMPLETED\nanswer 200 x\ncommit 1\ndata-store s of f: waiting x",
        ),
        // Duplicates: at once they can be handled, in a unit they are found at its end.
        (
            "none",
            "  - store-write: { store: s, entry: a }\n  - store-write: { store: s, entry: a }\n",
            "  - set: { body: twice }",
            "",
            "COMPLETED\nanswer 200 twice\ncommit 1\ncommit 1\ndata-store s of f: waiting x",
        ),
    ];
    for (transaction, steps, on_error, work, expect) in cases {
        check(&[&flow(transaction, steps, on_error, work)], By::Http, "x", &[], expect);
    }
}

#[test]
fn a_queue_message_is_removed_with_the_unit_or_stays() {
    let put = "  - send: q\n";
    let both = format!("{put}{FAIL}");
    let cases: &[(&str, &str, &str)] = &[
        ("required", put, "COMPLETED\nbody x\ncommit 2\nqueue out: waiting x"),
        ("none", put, "COMPLETED\nbody x\ncommit 1\ncommit 1\nqueue out: waiting x"),
        ("required", &both, "RETRY\nfails J0001: script failed @script-s.js\ncommit 1\nqueue in: waiting r1 +60s x"),
        (
            "none",
            &both,
            "RETRY\nfails J0001: script failed @script-s.js\ncommit 1\ncommit 1\nqueue in: waiting r1 +60s x\nqueue out: waiting x",
        ),
    ];
    for (transaction, steps, expect) in cases {
        check(&[&flow(transaction, steps, "", "")], By::Queue(0), "x", &[], expect);
    }
}

const CALLEE: &str = "flow: callee\nfrom:\n  process-direct: /callee\n";

#[test]
fn process_direct() {
    let caller = flow(
        "none",
        "  - set: { property: { P: secret }, header: { H: h } }\n  - request: p\n  - set: { body: '${body}+${header.R}' }",
        "",
        "",
    );
    let handled = flow("none", "  - request: p", "  - set: { body: 'saw ${exception.message}' }", "");
    let ok = format!("{CALLEE}steps:\n  - set: {{ body: '${{header.H}}[${{property.P}}]', header: {{ R: r }} }}\n");
    let fails = format!("{CALLEE}steps:\n  - end: {{ error: no }}\n");
    let escalates = format!("{CALLEE}steps:\n  - end: {{ escalation: others }}\n");
    let own = format!("{CALLEE}steps:\n  - end: {{ error: no }}\non-error:\n  - set: {{ body: own }}\n");
    let one_way = "flow: one-way\nfrom: { timer: { every: 1h } }\nsteps: [{ set: { body: x } }]\n";
    let cases: &[(&[&str], By, &str)] = &[
        (&[&caller, &ok], By::Http, "COMPLETED\nanswer 200 h[]+r\ncallee COMPLETED"),
        (&[&caller, &fails], By::Http, "FAILED\nfails X0207: no @request-p\nanswer 500\ncallee FAILED"),
        (&[&caller, &own], By::Http, "COMPLETED\nanswer 200 own+\ncallee COMPLETED"),
        (&[&handled, &fails], By::Http, "COMPLETED\nanswer 200 saw no\ncallee FAILED"),
        (
            &[&handled, &escalates],
            By::Http,
            "COMPLETED escalated\nanswer 200 saw the flow ended with an escalation: others\ncallee ESCALATED",
        ),
        (&[&caller], By::Http, "FAILED\nfails T0003: nobody listens at /callee @request-p\nanswer 500"),
        (&[&caller, &escalates, one_way], By::Timer, "COMPLETED escalated\nbody x+\ncallee ESCALATED"),
        // A queue message whose chain escalated is parked for a person although the run ends normally.
        (
            &[&caller, &escalates, one_way],
            By::Queue(0),
            "ESCALATED escalated\nfails X0208: a flow that was called ended with an escalation @\ncallee ESCALATED\ncommit 1\nqueue in: escalated r1 x",
        ),
    ];
    for (flows, by, expect) in cases {
        check(flows, *by, "x", &[], expect);
    }
}

#[test]
fn http_failures_are_shown_to_the_flow_and_not_to_the_sender() {
    let shown = "  - set: { body: '${header.CamelHttpResponseCode} ${property.SemelResponseBody}' }";
    let cases: &[(&str, &str, &str)] = &[
        ("  - request: r", shown, "COMPLETED\nanswer 200 503 says 503"),
        ("  - request: r", "  - set: { body: b, header: { CamelHttpResponseCode: 202 } }", "COMPLETED\nanswer 202 b"),
        ("  - send: r", "", "FAILED\nfails T0002: r failed @send-r\nanswer 500"),
    ];
    for (steps, on_error, expect) in cases {
        check(&[&flow("none", steps, on_error, "")], By::Http, "x", &[("r", "503")], expect);
    }
    // Nor where another branch was told of another one meanwhile.
    let ways = "  - call: tries\n  - multicast: { branches: { x: [{ call: tries }], y: [{ set: { body: y } }] } }";
    let two = flow("none", ways, "", "").replace(
        "receivers:",
        "processes:\n  tries: { steps: [{ request: r }], on-error: [{ end: message }] }\nreceivers:",
    );
    let mut world = World::of(&[&two]);
    world.script.insert("r".into(), ["503", "400"].map(str::to_owned).into());
    let start = world.start("f", Message::of("x"), Trigger::Http);
    let (whole, id) = (start.flow.clone(), start.message_id.clone());
    let ended = world.run(start).unwrap();
    assert_eq!(engine::http_answer(&whole, &id, &ended).status, 200);
    let echo = flow("none", "  - request: r\n  - set: { header: { X-Mine: 1 } }", "", "");
    check(&[&echo], By::Http, "x", &[("r", "ok:hello")], "COMPLETED\nanswer 200 hello\nr <- x");
    check(&[&echo], By::Http, "x", &[("r", "ok")], "COMPLETED\nanswer 204\nr <- x");
}

/// The failed step is told by the id of the element that it was imported from, else by its name.
#[test]
fn failed_steps_are_told_by_their_elements() {
    let text = flow("none", FAIL, "  - end: { error: '${property.SAP_ErrorModelStepID}' }", "");
    for (element, expect) in [("CallActivity_7", "CallActivity_7"), ("", "script-s.js")] {
        let mut world = World::of(&[&text]);
        let mut flow = (*world.flows["f"]).clone();
        flow.processes[0].steps[0].element = element.to_owned();
        world.flows.insert("f".into(), Arc::new(flow));
        let start = world.start("f", Message::of("x"), Trigger::Http);
        let failure = world.run(start).expect("no crash").failure.expect("a failure");
        assert_eq!(failure.text, expect);
    }
}
