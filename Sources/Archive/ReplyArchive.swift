import Dispatch
import Glibc
import Market
import Synchronization

/// Replies kept whole on the disk, a folder for each feed, bounded by size and age: what a mistake in a feed's file made
/// of them can then be mended for the past too.
///
/// Nobody's collecting depends on it: what cannot be written is not kept, and said once.
package final class ReplyArchive: Sendable {
  package struct Bounds: Hashable, Sendable {
    /// All its files together.
    package var bytes: Int64
    /// Older replies are removed.
    package var age: Duration

    package init(bytes: Int64 = 1 << 30, age: Duration = .days(365)) {
      self.bytes = bytes
      self.age = age
    }
  }

  private struct Request: Hashable {
    let feed: String
    let window: Window?
  }

  private struct State {
    /// By request, what its newest reply was like, so that the same again is not kept.
    var newest: [Request: Int] = [:]
    /// As far as this process knows; nil before it has looked.
    var size: Int64?
    var lookedAt = Instant(seconds: 0)
    var problem: String?
  }

  package let folder: String
  private let bounds: Bounds
  private let report: @Sendable (String) -> Void
  /// Compressing and the disk keep nobody waiting but whoever asked.
  private let queue = DispatchQueue(label: "archive")
  private let state = Mutex(State())

  /// Other processes may use the folder, and the clock moves on: so often it is looked at anew.
  private static let longestUnseen = Duration.hours(1)
  /// More requests than anybody asks again.
  private static let mostRequests = 50_000
  /// Of the disk, which the spool needs more.
  private static let leastFree = 0.1

  /// - Parameters:
  ///   - folder: made when the first reply is kept.
  ///   - report: told once when replies can no longer be kept, and when they can again.
  package init(folder: String, bounds: Bounds = Bounds(), report: @escaping @Sendable (String) -> Void) {
    self.folder = folder
    self.bounds = bounds
    self.report = report
  }

  /// Keeps a reply, unless it is the same as the one before to the same request.
  package func keep(_ reply: KeptReply) async {
    await withCheckedContinuation { continuation in
      queue.async {
        self.state.withLock { self.keep(reply, &$0) }
        continuation.resume()
      }
    }
  }

  /// The replies of a feed, oldest first.
  package func files(of feed: String) -> [ReplyFile] { ReplyFile.all(in: folder + "/" + feed) }

  private func keep(_ reply: KeptReply, _ state: inout State) {
    let request = Request(feed: reply.feed, window: reply.window)
    var hasher = Hasher()
    for part in reply.parts {
      hasher.combine(part.asset)
      part.body.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
    let likeness = hasher.finalize()
    guard state.newest[request] != likeness else { return }
    do throws(NotKept) {
      try makeRoom(at: reply.arrivedAt, &state)
      state.size? += try write(reply)
      if state.newest.count >= Self.mostRequests { state.newest = [:] }
      state.newest[request] = likeness
      if state.problem != nil { report("replies are kept again") }
      state.problem = nil
    } catch {
      if state.problem != error.reason { report("replies are not kept: \(error.reason)") }
      state.problem = error.reason
    }
  }

  private struct NotKept: Error { let reason: String }

  /// - Returns: bytes that it takes.
  private func write(_ reply: KeptReply) throws(NotKept) -> Int64 {
    let feedFolder = folder + "/" + reply.feed
    let path = feedFolder + "/" + ReplyFile.name(arrivedAt: reply.arrivedAt, window: reply.window)
    try makeFolder(feedFolder)
    // Whoever reads the folder meanwhile does not see half a file.
    let unfinished = feedFolder + "/.\(getpid())"
    unlink(unfinished)
    do { try GzipFile.write(try reply.pieces, to: unfinished) } catch let error as GzipFile.Failed {
      throw NotKept(reason: "\(feedFolder): \(error.reason)")
    } catch { throw NotKept(reason: "\(error)") }
    guard rename(unfinished, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(unfinished)
      throw NotKept(reason: "\(path): \(reason)")
    }
    return ReplyFile.size(of: path)
  }

  private func makeFolder(_ path: String) throws(NotKept) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try makeFolder(String(path[..<slash]))
      if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    }
    throw NotKept(reason: "\(path): \(String(cString: strerror(errno)))")
  }

  /// Removes what is too old or too much, the oldest first, now and then a little more than has to be.
  private func makeRoom(at now: Instant, _ state: inout State) throws(NotKept) {
    let isUnseen = now.since(state.lookedAt) > Self.longestUnseen || now < state.lookedAt
    if isUnseen || state.size.map({ $0 > bounds.bytes }) ?? true {
      let files = ReplyFile.names(in: folder).flatMap { ReplyFile.all(in: folder + "/" + $0) }
      var size = files.reduce(0) { $0 + ReplyFile.size(of: $1.path) }
      let enough = size > bounds.bytes ? bounds.bytes / 10 * 9 : bounds.bytes
      for file in files.sorted(by: { $0.arrivedAt < $1.arrivedAt }) {
        guard size > enough || now.since(file.arrivedAt) > bounds.age else { break }
        size -= ReplyFile.size(of: file.path)
        unlink(file.path)
      }
      (state.size, state.lookedAt) = (size, now)
    }
    var disk = statvfs()
    // Before the first reply there is no folder yet.
    guard statvfs(folder, &disk) == 0, disk.f_blocks > 0 else { return }
    guard Double(disk.f_bavail) >= Self.leastFree * Double(disk.f_blocks) else {
      throw NotKept(reason: "less than a tenth of the disk is free")
    }
  }
}
