import EmbeddedPostgres
import Glibc
import Spool

/// What `status` and `doctor` look at in the spool; both only look, and a collector may have it open meanwhile.
struct SpoolCheck {
  private let folder: String
  private let stateFolder: String
  private let limit: Int64?

  init(_ settings: Settings, simulated: Bool) {
    // A limit that cannot be read is the settings' fault, which has its own line.
    limit = try? settings.spoolLimit
    stateFolder = settings.state.path
    folder = simulated ? settings.simulatedSpoolFolder : settings.spoolFolder
  }

  /// - Parameter readingAll: whether every record is read and its checksum compared.
  func findings(readingAll: Bool = false) async -> [Finding] {
    if let full = disk() { return [full] }
    do {
      let spool = try await Spool.open(folder: folder, limit: limit ?? Spool.defaultLimit, readOnly: true)
      let status = try await spool.status()
      return [fill(status)] + setAside(status) + (readingAll ? try await faults(spool) : [])
    } catch SpoolError.absent {
      return [.ok("spool", "nothing was ever spooled")]
    } catch {
      return [.failed("spool", error)]
    }
  }

  /// nil where the disk has room for a reply. The C function is `statvfs`.
  private func disk() -> Finding? {
    var status = statvfs()
    guard statvfs(stateFolder, &status) == 0 else { return nil }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    guard free < 1 << 20 else { return nil }
    let says = "the disk of \(stateFolder) has \(free >> 10) KiB left: nothing can wait there for the database"
    return .failed("spool", says, toDo: "make room: a collector asks nothing that nobody could keep", .cannotCreate)
  }

  private func fill(_ status: SpoolStatus) -> Finding {
    let waiting = status.waiting
    guard let oldest = waiting.oldest else { return .ok("spool", "empty") }
    let says = "\(counted(waiting.batches, "record")) not in the database yet, the oldest observed \(oldest); "
      + "\(status.bytes >> 20) of \(status.limit >> 20) MiB"
    let toDo = "bring the database back; `flux-market spool` tells more"
    return .failed("spool", says, toDo: toDo, .later)
  }

  private func setAside(_ status: SpoolStatus) -> [Finding] {
    guard status.setAside.batches > 0 else { return [] }
    return [
      .warning(
        "spool", "\(counted(status.setAside.batches, "record")) set aside",
        toDo: "see `flux-market spool status --set-aside`")
    ]
  }

  private func faults(_ spool: Spool) async throws(SpoolError) -> [Finding] {
    var faults = try await spool.faults()
    for try await record in spool.records {
      if case .failure(let why) = record.contents { faults.append("record \(record.id): \(why)") }
    }
    return faults.prefix(5).map {
      .failed("spool", $0, toDo: "the collector mends it, or sets it aside; `flux-market spool verify` tells all", .data)
    }
  }
}
