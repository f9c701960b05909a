"""Tomorrow's weather, as good as anybody's."""


def degrees(city):
    return sum(city.encode()) % 41 - 8
