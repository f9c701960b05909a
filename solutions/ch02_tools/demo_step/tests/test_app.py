from src.app import lambda_handler


def test_it_counts_words():
    assert lambda_handler({"text": "the quick brown fox"}, None) == {"words": 4}
