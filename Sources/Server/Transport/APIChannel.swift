import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// HTTP/1.1 as Hummingbird speaks it, with limits on what a request may be and compressed answers.
struct APIChannel: ServerChildChannel, HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  let responder: HTTPChannelHandler.Responder
  let limits: APILimits
  let isEncrypted: Bool

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      if isEncrypted { try pipeline.addHandler(WholeClosure()) }
      var decoder = NIOHTTPDecoderLimitConfiguration()
      decoder.maxHeaderFieldSize = limits.headerBytes
      decoder.maxHeaderListSize = limits.headerBytes
      decoder.maxHeaderFieldCount = 100
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
      // Before the compressor, which takes every answer to be that of a request it has seen.
      try pipeline.addHandler(RequestLimits(limits))
      try pipeline.addHandler(HTTPResponseCompressor(responseCompressionPredicate: Self.isCompressed))
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: limits.silence, logger: logger))
      return try NIOAsyncChannel(
        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
  }

  func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }

  /// An event is on its way at once; compressed it would wait for the next. A few bytes only grow.
  private static func isCompressed(
    _ head: inout HTTPResponseHead, _ isSupported: Bool
  ) -> HTTPResponseCompressor.CompressionIntent {
    let type = head.headers.first(name: "content-type") ?? ""
    let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? .max
    let isText = ["text/", "application/json", "application/yaml", "image/svg"].contains { type.hasPrefix($0) }
    guard isText, !type.hasPrefix("text/event-stream"), length >= 512 else { return .doNotCompress }
    head.headers.add(name: "Vary", value: "Accept-Encoding")
    return .compressIfPossible
  }
}

/// Closes both directions where one was to be: NIOSSL 2.37 forgets that it is closing when told to close one, and ends the
/// process when the time for that is over. What was written is sent first, and TLS says that it was all.
private final class WholeClosure: ChannelOutboundHandler {
  typealias OutboundIn = NIOAny

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    context.close(mode: mode == .output ? .all : mode, promise: promise)
  }
}

/// Ends what is no request that could be answered: a method or header that cannot be read, a request that drips in, a
/// body that nobody asked for.
private final class RequestLimits: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let limits: APILimits
  private var deadline: Scheduled<Void>?
  private var bodyBytes = 0
  /// Requests whose answer has not ended.
  private var open = 0

  init(_ limits: APILimits) { self.limits = limits }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      open += 1
      bodyBytes = 0
      deadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.request)) { [channel = context.channel] in
        channel.close(promise: nil)
      }
    case .body(let bytes):
      bodyBytes += bytes.readableBytes
      guard bodyBytes <= limits.bodyBytes else {
        context.close(promise: nil)
        return
      }
    case .end: deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { open -= 1 }
    context.write(data, promise: promise)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    if open == 0 {
      let problem: Problem =
        switch error {
        case .invalidMethod:
          Problem(
            .methodNotAllowed, .methodNotAllowed, "this method is not answered here: GET, HEAD and OPTIONS are")
        case .headerOverflow:
          Problem(
            .requestHeaderFieldsTooLarge, .requestTooLarge, "a header of \(limits.headerBytes) bytes is read, no more")
        default: Problem(.badRequest, .malformedParameter, "this is no request of HTTP/1.1")
        }
      refuse(problem, context)
    } else {
      context.close(promise: nil)
    }
  }

  private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(problem.headers.map { ($0.name.rawName, $0.value) })
    let body = problem.body
    headers.replaceOrAdd(name: "Content-Length", value: "\(body.readableBytes)")
    headers.replaceOrAdd(name: "Connection", value: "close")
    let status = HTTPResponseStatus(statusCode: problem.status.code, reasonPhrase: problem.status.reasonPhrase)
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }
}
