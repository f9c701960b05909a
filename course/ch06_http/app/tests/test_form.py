from form.app import lambda_handler


def event(method, body=None):
    return {"httpMethod": method, "body": body, "isBase64Encoded": False}


def test_the_form_is_shown():
    assert "<form" in lambda_handler(event("GET"), None)["body"]


def test_a_name_is_shown_as_text():
    answer = lambda_handler(event("POST", "name=%3Cb%3ETom%3C%2Fb%3E"), None)
    assert "&lt;b&gt;Tom&lt;/b&gt;" in answer["body"]


def test_nobody_needs_a_name():
    assert "stranger" in lambda_handler(event("POST"), None)["body"]
