import Feeds
import Testing

@testable import Backfill

@Suite struct `How far a backfill is` {
  private func progress(read: Int, of windows: Int) -> Backfill.Progress {
    var progress = Backfill.Progress(windows: windows)
    progress.read = read
    return progress
  }

  @Test func `The time left is what was seen, or what the host's rate says where that is more`() {
    let half = progress(read: 100, of: 200)
    #expect(half.timeLeft(after: .seconds(50), rate: .unlimited) == .seconds(50))
    #expect(half.timeLeft(after: .seconds(50), rate: .perMinute(60)) == .seconds(100))
    #expect(half.timeLeft(after: .seconds(500), rate: .perMinute(60)) == .seconds(500))
    // Calls that went at once after a rest promise nothing.
    #expect(progress(read: 5, of: 305).timeLeft(after: .milliseconds(100), rate: .perMinute(300)) == .seconds(60))
  }

  @Test func `Of what has not begun, and of what is done, there is none`() {
    #expect(progress(read: 0, of: 10).timeLeft(after: .seconds(5), rate: .perMinute(60)) == nil)
    #expect(progress(read: 10, of: 10).timeLeft(after: .seconds(5), rate: .perMinute(60)) == nil)
  }
}
