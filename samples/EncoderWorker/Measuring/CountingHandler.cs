using System.Net;

namespace EncoderWorker.Measuring;

/// <summary>Counts the bytes of replies as they are read from the connection.</summary>
internal sealed class CountingHandler(WorkLedger ledger) : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (ledger.Downloading is { } counters)
            response.Content = new CountingContent(response.Content, counters);
        return response;
    }

    private sealed class CountingContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly AttemptCounters _counters;

        public CountingContent(HttpContent inner, AttemptCounters counters)
        {
            _inner = inner;
            _counters = counters;
            foreach (var (name, values) in inner.Headers)
                Headers.TryAddWithoutValidation(name, values);
        }

        protected override async Task<Stream> CreateContentReadStreamAsync() => new CountingStream(await _inner.ReadAsStreamAsync(), _counters);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var from = await CreateContentReadStreamAsync();
            await from.CopyToAsync(stream);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _inner.Headers.ContentLength ?? 0;
            return _inner.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
