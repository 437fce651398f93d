//! Cookies and pages: what one answer means for the next request.

use base::Message;

use super::world::World;

/// A receiver at `http://h:1/s/orders/x`, then another: what the second request shows of the cookies that the first set.
#[test]
fn cookies_end_and_stay_below_their_path() {
    // It is 00:16:40 on 1 January 1970.
    for (set, next, expect) in [
        // The past deletes, in every form of a date.
        ("a=1; Path=/, a=2; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "/", ""),
        ("a=1; Expires=Thu, 01 Jan 1970 00:16:40 GMT; Path=/, b=2; Path=/", "/", "b=2"),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:16:41 GMT", "/", "a=1"),
        ("a=1; Path=/; expires=Thursday, 01-Jan-70 00:16:41 GMT", "/", "a=1"),
        ("a=1; Path=/; expires=Thursday, 01-Jan-70 00:16:40 GMT", "/", ""),
        ("a=1; Path=/; Expires=Thu Jan  1 00:16:40 1970", "/", ""),
        ("a=1; Path=/; Expires=Tue, 01 Jan 69 00:00:00 GMT", "/", "a=1"),
        ("a=1; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "/", "a=1"),
        // What is no date says nothing.
        ("a=1; Path=/; Expires=0", "/", "a=1"),
        ("a=1; Path=/; Expires=Thu, 31 Feb 1969 00:00:00 GMT", "/", "a=1"),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1969 25:00:00 GMT", "/", "a=1"),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1600 00:00:00 GMT", "/", "a=1"),
        // An age counts before a date.
        ("a=1; Path=/; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "/", "a=1"),
        ("a=1; Path=/; Max-Age=-1; Expires=Thu, 01 Jan 2070 00:00:00 GMT", "/", ""),
        ("a=1; Path=/; Max-Age=99999999999999999999", "/", "a=1"),
        ("a=1; Path=/; Max-Age=+0, b=2; Path=/; Max-Age=", "/", "a=1; b=2"),
        // A path, its folder where there is none, and the longest first.
        ("a=1", "/s/orders/y", "a=1"),
        ("a=1", "/s/orders?q=/s", "a=1"),
        ("a=1", "/s/other", ""),
        ("a=1; Path=x", "/s/orders/y/z", "a=1"),
        ("a=1; Path=/s", "/s/orders/y", "a=1"),
        ("a=1; Path=/s/", "/s/other", "a=1"),
        ("a=1; Path=/s/", "/s", ""),
        ("a=1; Path=/s", "/super", ""),
        ("a=1; Path=/other", "/other?x", "a=1"),
        ("a=1; Path=/", "?x", "a=1"),
        ("a=1; Path=/, a=2; Path=/s, b=3; Path=/", "/s/x", "a=2; a=1; b=3"),
        ("a=1; Path=/, a=2; Path=/s; Max-Age=0", "/s/x", "a=1"),
    ] {
        let text = format!(
            "flow: f\nkeep-cookies: true\nfrom:\n  http: /f\nsteps: [{{ request: r }}, {{ request: n }}]\nreceivers:\n  r: {{ http: 'http://h:1/s/orders/x?y=/a/b' }}\n  n: {{ http: 'http://h:1{next}' }}\n"
        );
        let mut world = World::of(&[&text]);
        world.reply_headers = vec![("Set-Cookie".to_owned(), set.to_owned())];
        let start = world.start("f", Message::of("x"), engine::Trigger::Http);
        world.run(start).expect("no crash");
        assert_eq!(world.cookies, ["", expect], "{set} {next}");
    }
}

/// Links to next pages: where they lead, with the cookies that go there.
#[test]
fn pages_lead_where_their_links_say() {
    let run = |url: &str, links: &[&str]| {
        let text = format!(
            "flow: f\nkeep-cookies: true\nfrom:\n  http: /f\nsteps: [{{ request: r }}]\nreceivers:\n  r: {{ http: {{ url: '{url}', method: GET }} }}\n"
        );
        let mut world = World::of(&[&text]);
        let mut flow = (*world.flows["f"]).clone();
        if let flow::ReceiverChannel::Http(http) = &mut flow.receivers.get_mut("r").expect("a receiver").channel {
            http.format = flow::HttpFormat::OData { set: "Orders".into() };
        }
        world.flows.insert("f".into(), std::sync::Arc::new(flow));
        world.reply_headers = vec![("Set-Cookie".to_owned(), "a=1; Path=/s, b=2; Path=/".to_owned())];
        let page = |i| links.get(i).map_or(String::new(), |l| format!("<link rel=\"next\" href=\"{l}\"/>"));
        world.script.insert("r".into(), (0..=links.len()).map(|i| format!("ok:<feed>{}</feed>", page(i))).collect());
        let start = world.start("f", Message::of("x"), engine::Trigger::Http);
        let failure = world.run(start).expect("no crash").failure.map(|f| f.to_string()).unwrap_or_default();
        (world.urls, world.cookies, failure)
    };
    let orders = "http://h:1/s/Orders?$filter=a/b";
    for (url, link, expect) in [
        (orders, "?$skiptoken=1", "http://h:1/s/Orders?$skiptoken=1"),
        (orders, "Orders?$skiptoken='a://b'", "http://h:1/s/Orders?$skiptoken='a://b'"),
        (orders, "?$skiptoken='http://b'", "http://h:1/s/Orders?$skiptoken='http://b'"),
        (orders, "Orders('a://b')/Items", "http://h:1/s/Orders('a://b')/Items"),
        (orders, "/t?x=://", "http://h:1/t?x=://"),
        (orders, "//h:1/t", "http://h:1/t"),
        (orders, "http://h:1/t", "http://h:1/t"),
        ("http://h:1", "?x", "http://h:1/?x"),
        ("http://h:1", "Orders", "http://h:1/Orders"),
        ("http://h:1?a/b", "/Orders", "http://h:1/Orders"),
        ("http://h:1/s/Orders/", "?x", "http://h:1/s/Orders/?x"),
    ] {
        let (urls, _, failure) = run(url, &[link]);
        assert_eq!(urls, [url, expect], "{link} {failure}");
    }
    for (link, expect) in [
        ("//other/s", "K0009: the next page of the answer is at another service: `http://other/s`"),
        ("https://h:1/s", "K0009: the next page of the answer is at another service: `https://h:1/s`"),
        ("#x", "K0009: the link to the next page of the answer leads nowhere"),
    ] {
        let (urls, _, failure) = run(orders, &[link]);
        assert_eq!((urls.len(), failure.as_str()), (1, expect), "{link}");
    }
    // Each page shows the cookies that belong to its own address.
    let (_, cookies, _) = run(orders, &["?x=1", "/t", "/s/Orders?x=2"]);
    assert_eq!(cookies, ["", "a=1; b=2", "b=2", "a=1; b=2"]);
}
