"""Google's Python client (Debian's python3-googleapi), built from Google's discovery document, against the emulator.

Reads its settings as JSON from the first line of stdin. Prints `ok <name>` or `FAILED <name>: <why>` for each promise,
and `@control <json>` where it wants the emulator to do something; then it waits for a line on stdin.
"""

import io
import json
import sys
import traceback

import google.oauth2.credentials
import google_auth_httplib2
import httplib2
from googleapiclient import discovery
from googleapiclient.errors import HttpError

settings = json.loads(sys.stdin.readline())
failures = 0
CHECKS = []
ZONE = "America/Sao_Paulo"


def check(name):
    def add(function):
        CHECKS.append((name, function))
        return function

    return add


def control(**command):
    print("@control " + json.dumps(command), flush=True)
    answer = sys.stdin.readline().strip()
    assert answer == "done", "the emulator's side answered %r" % answer


def connect():
    with io.open(settings["discovery"], encoding="utf-8") as source:
        document = json.load(source)
    document["rootUrl"] = settings["root"]
    document["baseUrl"] = settings["root"] + document["servicePath"]
    # No access token: the first call has to refresh.
    credentials = google.oauth2.credentials.Credentials(
        None,
        refresh_token=settings["refresh_token"],
        token_uri=settings["token_uri"],
        client_id=settings["client_id"],
        client_secret=settings["client_secret"],
    )
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=20))
    return discovery.build_from_document(document, http=http)


calendar = connect()
events = calendar.events()


def body(title, day=10, hour=10, **more):
    return dict(
        {
            "summary": title,
            "start": {"dateTime": "2026-03-%02dT%02d:00:00" % (day, hour), "timeZone": ZONE},
            "end": {"dateTime": "2026-03-%02dT%02d:00:00" % (day, hour + 1), "timeZone": ZONE},
        },
        **more
    )


def insert(title, **more):
    return events.insert(calendarId="primary", body=body(title, **more)).execute()


def refused(request):
    try:
        request.execute()
    except HttpError as error:
        envelope = json.loads(error.content.decode("utf-8"))["error"]
        assert envelope["code"] == error.resp.status
        return error.resp.status, envelope["errors"][0]["reason"]
    raise AssertionError("the call was expected to be refused, but it succeeded")


def same(given, wanted):
    assert given == wanted, "%r is not %r" % (given, wanted)


def pages(request, following):
    while request is not None:
        page = request.execute()
        yield page
        request = following(request, page)


def read_list(**parameters):
    found = list(pages(events.list(calendarId="primary", **parameters), events.list_next))
    return [event for page in found for event in page["items"]], found[-1].get("nextSyncToken"), len(found)


@check("an event is inserted, read, listed, patched, updated and deleted")
def _():
    made = insert("Corte", attendees=[{"email": "Guest@Example.com"}])
    same(made["attendees"][0]["email"], "guest@example.com")
    same(made["start"], {"dateTime": "2026-03-10T10:00:00-03:00", "timeZone": ZONE})
    name = {"calendarId": "primary", "eventId": made["id"]}
    same(events.get(**name).execute(), made)
    listed, token, _pages = read_list()
    assert made["id"] in [event["id"] for event in listed] and token
    patched = events.patch(body={"location": "Room 2", "summary": None}, **name).execute()
    assert patched["location"] == "Room 2" and "summary" not in patched and patched["etag"] != made["etag"]
    whole = body("Barba", hour=11)
    updated = events.update(body=whole, sendUpdates="none", **name).execute()
    assert updated["summary"] == "Barba" and "location" not in updated and "attendees" not in updated
    same(events.delete(**name).execute(), "")
    same(refused(events.delete(**name)), (410, "deleted"))
    same(events.get(**name).execute()["status"], "cancelled")
    same(refused(events.get(calendarId="primary", eventId="neverwas")), (404, "notFound"))


@check("a stale If-Match is 412, a fresh one passes; If-None-Match is 304")
def _():
    made = insert("Etag")
    name = {"calendarId": "primary", "eventId": made["id"]}
    request = events.patch(body={"summary": "Second"}, **name)
    request.headers["If-Match"] = made["etag"]
    second = request.execute()
    request = events.update(body=body("Third"), **name)
    request.headers["If-Match"] = made["etag"]
    same(refused(request), (412, "conditionNotMet"))
    request = events.delete(**name)
    request.headers["If-Match"] = second["etag"]
    request.execute()
    kept = insert("Unchanged")
    request = events.get(calendarId="primary", eventId=kept["id"])
    request.headers["If-None-Match"] = kept["etag"]
    try:
        request.execute()
    except HttpError as error:
        same(error.resp.status, 304)
    else:
        raise AssertionError("304 was expected")


@check("an id of the client's own is kept, and taken once and for all")
def _():
    made = events.insert(calendarId="primary", body=body("Own id", id="abc123def456")).execute()
    same(made["id"], "abc123def456")
    same(refused(events.insert(calendarId="primary", body=body("Again", id="abc123def456"))), (409, "duplicate"))
    same(refused(events.insert(calendarId="primary", body=body("Bad", id="XYZ"))), (400, "invalid"))
    same(refused(events.insert(calendarId="primary", body={"summary": "No time"})), (400, "required"))


@check("list_next follows every page, and the last one has the sync token")
def _():
    made = {insert("Page %d" % number, day=number + 11)["id"] for number in range(5)}
    listed, token, count = read_list(maxResults=2)
    ids = [event["id"] for event in listed]
    assert made <= set(ids) and len(ids) == len(set(ids)) and token
    assert count >= 3, count
    masked = events.list(calendarId="primary", maxResults=1, fields="nextPageToken,items(id)").execute()
    same(sorted(masked), ["items", "nextPageToken"])
    same(list(masked["items"][0]), ["id"])
    window = events.list(
        calendarId="primary",
        timeMin="2026-03-11T00:00:00Z",
        timeMax="2026-03-12T03:00:00Z",
        singleEvents=True,
        orderBy="startTime",
    ).execute()
    same([event["summary"] for event in window["items"]], ["Page 0"])


@check("a sync token gives what changed since, bare tombstones included")
def _():
    kept, gone = insert("Kept"), insert("Gone")
    _listed, token, _pages = read_list()
    same(read_list(syncToken=token)[0], [])
    events.patch(calendarId="primary", eventId=kept["id"], body={"summary": "Kept, changed"}).execute()
    events.delete(calendarId="primary", eventId=gone["id"]).execute()
    changed, after, count = read_list(syncToken=token, maxResults=1)
    same(count, 2)
    by_id = {event["id"]: event for event in changed}
    same(by_id[kept["id"]]["summary"], "Kept, changed")
    same(sorted(by_id[gone["id"]]), ["etag", "id", "kind", "status"])
    same(read_list(syncToken=after)[0], [])


@check("an expired sync token is 410 fullSyncRequired, a malformed one 400, one beside a filter 400")
def _():
    _listed, token, _pages = read_list()
    same(
        refused(events.list(calendarId="primary", syncToken=token, timeMin="2026-03-01T00:00:00Z")),
        (400, "syncTokenWithRequestRestrictions"),
    )
    control(name="expireSyncTokens")
    same(refused(events.list(calendarId="primary", syncToken=token)), (410, "fullSyncRequired"))
    same(refused(events.list(calendarId="primary", syncToken="x")), (400, "invalid"))
    assert read_list()[1]


@check("new_batch_http_request answers each call by its id, the failed one alone")
def _():
    answers = {}

    def take(request_id, answer, error):
        answers[request_id] = error if error else answer

    batch = calendar.new_batch_http_request(callback=take)
    for number in range(3):
        batch.add(events.insert(calendarId="primary", body=body("Batch %d ção" % number)), request_id="add-%d" % number)
    batch.add(events.get(calendarId="primary", eventId="neverwas"), request_id="missing")
    batch.execute()
    same(sorted(answers), ["add-0", "add-1", "add-2", "missing"])
    same([answers["add-%d" % number]["summary"] for number in range(3)], ["Batch %d ção" % number for number in range(3)])
    same(answers["missing"].resp.status, 404)
    same(json.loads(answers["missing"].content)["error"]["errors"][0]["reason"], "notFound")
    made = [answers["add-%d" % number] for number in range(3)]
    answers.clear()
    batch = calendar.new_batch_http_request(callback=take)
    stale = events.patch(calendarId="primary", eventId=made[0]["id"], body={"summary": "x"})
    stale.headers["If-Match"] = '"1"'
    batch.add(stale, request_id="stale")
    batch.add(
        events.update(calendarId="primary", eventId=made[1]["id"], body=body("Updated")),
        request_id="update",
    )
    batch.add(events.delete(calendarId="primary", eventId=made[2]["id"]), request_id="delete")
    batch.execute()
    same(answers["stale"].resp.status, 412)
    same(answers["update"]["summary"], "Updated")
    same(answers["delete"], "")


@check("a batch whose access token has expired is refreshed and sent again")
def _():
    answers = []
    control(name="expireAccessTokens")
    batch = calendar.new_batch_http_request(callback=lambda _id, answer, error: answers.append(error or answer))
    batch.add(calendar.colors().get())
    batch.add(calendar.calendars().get(calendarId="primary"))
    batch.execute()
    same(sorted(answer["kind"] for answer in answers), ["calendar#calendar", "calendar#colors"])


@check("a series has instances; one is changed, one is cancelled, the rest stay")
def _():
    series = insert("Weekly", day=2, recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    same(series["recurrence"], ["RRULE:FREQ=WEEKLY;COUNT=4"])

    def instances(**parameters):
        request = events.instances(calendarId="primary", eventId=series["id"], maxResults=3, **parameters)
        return [event for page in pages(request, events.instances_next) for event in page["items"]]

    first = instances()
    same([event["start"]["dateTime"][:10] for event in first], ["2026-03-%02d" % day for day in (2, 9, 16, 23)])
    same({event["recurringEventId"] for event in first}, {series["id"]})
    same(first[0]["id"], series["id"] + "_20260302T130000Z")
    events.patch(calendarId="primary", eventId=first[1]["id"], body={"summary": "Moved"}).execute()
    events.delete(calendarId="primary", eventId=first[2]["id"]).execute()
    same([event["summary"] for event in instances()], ["Weekly", "Moved", "Weekly"])
    same([event["status"] for event in instances(showDeleted=True)].count("cancelled"), 1)
    expanded, _token, _pages = read_list(singleEvents=True, q="Weekly")
    same(len(expanded), 2)
    events.delete(calendarId="primary", eventId=series["id"]).execute()


@check("free/busy tells what is taken, and names a calendar that cannot be read")
def _():
    made = insert("Busy", day=20)
    insert("Free", day=21, transparency="transparent")
    answer = (
        calendar.freebusy()
        .query(
            body={
                "timeMin": "2026-03-20T00:00:00Z",
                "timeMax": "2026-03-22T00:00:00Z",
                "items": [{"id": "primary"}, {"id": "stranger@example.com"}],
            }
        )
        .execute()
    )
    same(answer["calendars"]["primary"]["busy"], [{"start": "2026-03-20T13:00:00Z", "end": "2026-03-20T14:00:00Z"}])
    same(answer["calendars"]["stranger@example.com"]["errors"], [{"domain": "global", "reason": "notFound"}])
    events.delete(calendarId="primary", eventId=made["id"]).execute()


@check("quickAdd, import and move make and carry events")
def _():
    quick = events.quickAdd(calendarId="primary", text="Dinner at Joana's").execute()
    assert "Dinner" in quick["summary"]
    imported = events.import_(calendarId="primary", body=body("Imported", iCalUID="one@example.org")).execute()
    same(imported["iCalUID"], "one@example.org")
    found, _token, _pages = read_list(iCalUID="one@example.org")
    same([event["id"] for event in found], [imported["id"]])
    other = calendar.calendars().insert(body={"summary": "Salon", "timeZone": ZONE}).execute()
    moved = events.move(calendarId="primary", eventId=quick["id"], destination=other["id"]).execute()
    same(moved["organizer"]["email"], other["id"])
    same([event["id"] for event in events.list(calendarId=other["id"]).execute()["items"]], [moved["id"]])
    calendar.calendars().delete(calendarId=other["id"]).execute()


@check("calendar list, calendars, settings, colours and access lists are read and changed")
def _():
    entries = [
        entry
        for page in pages(calendar.calendarList().list(), calendar.calendarList().list_next)
        for entry in page["items"]
    ]
    assert any(entry.get("primary") for entry in entries)
    changed = calendar.calendarList().patch(calendarId="primary", body={"colorId": "9"}).execute()
    same(changed["colorId"], "9")
    assert calendar.calendars().get(calendarId="primary").execute()["timeZone"]
    assert calendar.settings().get(setting="timezone").execute()["value"]
    assert calendar.settings().list().execute()["items"]
    assert calendar.colors().get().execute()["event"]["1"]["background"].startswith("#")
    rule = (
        calendar.acl()
        .insert(calendarId="primary", body={"role": "reader", "scope": {"type": "user", "value": "friend@example.com"}})
        .execute()
    )
    same(rule["id"], "user:friend@example.com")
    same(calendar.acl().patch(calendarId="primary", ruleId=rule["id"], body={"role": "writer"}).execute()["role"], "writer")
    same(calendar.acl().delete(calendarId="primary", ruleId=rule["id"]).execute(), "")


@check("the client's own retries take it past a rate limit")
def _():
    control(name="failNext", fault={"status": 403, "reason": "rateLimitExceeded"})
    assert calendar.colors().get().execute(num_retries=2)["kind"]
    control(name="failNext", fault={"status": 403, "reason": "quotaExceeded"})
    same(refused(calendar.colors().get()), (403, "quotaExceeded"))


@check("an expired access token is refreshed by the client; a revoked grant ends it")
def _():
    control(name="expireAccessTokens")
    assert calendar.colors().get().execute()["kind"]
    control(name="revokeGrants")
    try:
        calendar.colors().get().execute()
    except google.auth.exceptions.RefreshError as error:
        assert "invalid_grant" in str(error), error
    else:
        raise AssertionError("a refusal to refresh was expected")


for name, function in CHECKS:
    try:
        function()
    except Exception as error:
        failures += 1
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__]
        lines = ", ".join(str(frame.lineno) for frame in frames)
        detail = getattr(error, "content", b"")
        print("FAILED %s: %s %s (line %s) %s" % (name, type(error).__name__, error, lines, detail.decode("utf-8", "replace") if isinstance(detail, bytes) else detail), flush=True)
    else:
        print("ok %s" % name, flush=True)
sys.exit(1 if failures else 0)
