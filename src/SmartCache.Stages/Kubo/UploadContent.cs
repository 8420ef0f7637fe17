using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Stages.Kubo;

/// <summary>
/// A multipart body that is streamed from disk with its length known. Computes on the way which CID each file must get, and
/// checks that the file is still the one whose hash was recorded.
/// </summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferSize = 128 * 1024;
    private readonly IReadOnlyList<UploadPart> _parts;
    private readonly List<byte[]> _heads;
    private readonly byte[] _tail;
    private readonly ImportParameters? _import;
    private readonly Deadline _deadline;
    private readonly Action<long>? _sent;

    public UploadContent(IReadOnlyList<UploadPart> parts, ImportParameters? import, Deadline deadline, Action<long>? sent)
    {
        _parts = parts;
        _import = import;
        _deadline = deadline;
        _sent = sent;
        var boundary = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        // Both names are percent-encoded: Kubo and js-ipfs decode them, and js-ipfs wants two characters at least in each.
        _heads = [.. parts.Select((part, i) => Encoding.ASCII.GetBytes(
            $"{(i == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{Uri.EscapeDataString(part.Name)}\"\r\nContent-Type: {part.ContentType}\r\n\r\n"))];
        _tail = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=" + boundary);
    }

    /// <summary>What went wrong with the worker's own file while it was read. It is no fault of the node and no retry helps.</summary>
    public Exception? LocalFailure { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = _heads.Sum(h => (long)h.Length) + _parts.Sum(p => p.Length) + _tail.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _deadline.Moved();
        for (var i = 0; i < _parts.Count; i++)
        {
            await stream.WriteAsync(_heads[i], cancellationToken).ConfigureAwait(false);
            if (_parts[i].Path is null)
                await stream.WriteAsync(_parts[i].Bytes, cancellationToken).ConfigureAwait(false);
            else
                await SendFileAsync(_parts[i], stream, cancellationToken).ConfigureAwait(false);
        }
        await stream.WriteAsync(_tail, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        _deadline.Sent();
    }

    private async Task SendFileAsync(UploadPart part, Stream stream, CancellationToken cancellationToken)
    {
        using var dag = _import?.ChunkSize is null ? null : new FileDag(_import);
        using var hash = part.Sha256 is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = Local(() => File.OpenHandle(part.Path!, options: FileOptions.Asynchronous | FileOptions.SequentialScan));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long position = 0; ;)
            {
                var count = await ReadAsync(file, buffer, position, cancellationToken).ConfigureAwait(false);
                if (position + count > part.Length || (count == 0 && position < part.Length))
                    throw LocalFailure = Changed(part);
                if (count == 0)
                    break;
                dag?.Append(buffer.AsSpan(0, count));
                hash?.AppendData(buffer, 0, count);
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                position += count;
                _deadline.Moved();
                _sent?.Invoke(count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (hash is not null && !Convert.ToHexStringLower(hash.GetHashAndReset()).Equals(part.Sha256, StringComparison.OrdinalIgnoreCase))
            throw LocalFailure = Changed(part);
        part.Expected = dag?.Finish();
    }

    private async ValueTask<int> ReadAsync(Microsoft.Win32.SafeHandles.SafeFileHandle file, byte[] buffer, long position, CancellationToken cancellationToken)
    {
        try
        {
            return await RandomAccess.ReadAsync(file, buffer.AsMemory(0, BufferSize), position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LocalFailure = exception;
            throw;
        }
    }

    private T Local<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LocalFailure = exception;
            throw;
        }
    }

    private static IOException Changed(UploadPart part) => new($"The file {Path.GetFileName(part.Path)} changed while it was uploaded.");
}
