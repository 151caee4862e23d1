import Feeds
import Market
import Testing

@Suite struct `Durations in words` {
  @Test(arguments: [
    ("0 s", 0, "0 s"), ("1 s", 1, "1 s"), ("30s", 30, "30 s"), ("60 s", 60, "1 min"), ("5 min", 300, "5 min"),
    ("90 minutes", 5_400, "90 min"), ("24 h", 86_400, "1 day"), ("25 hours", 90_000, "25 h"),
    ("1 day", 86_400, "1 day"),
    ("2 days", 172_800, "2 days"), ("7 d", 604_800, "7 days"), ("36525 days", 3_155_760_000, "36525 days"),
  ])
  func `A number and a unit are read, and written in the largest unit that is whole`(
    text: String, seconds: Int, written: String
  ) throws {
    let read = try #require(DurationText(text))
    #expect(read.duration == .seconds(seconds))
    #expect(read.description == written)
    #expect(DurationText(read.description) == read)
  }

  @Test(arguments: [
    "", "5", "min", "-5 min", "+5 min", "0.5 h", "5 mins", "5 m", "5 weeks", "5 min ", " 5 min", "٥ min", "5\tmin",
    "36526 days", "99999999999999999999 s", "5 min 3 s",
  ])
  func `Anything else is no duration`(text: String) {
    #expect(DurationText(text) == nil)
  }
}
