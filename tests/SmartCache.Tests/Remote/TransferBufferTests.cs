using System.Runtime.InteropServices;
using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What an adaptor reads into.</summary>
public class TransferBufferTests
{
    [Fact]
    public async Task Wrong_packs_take_no_new_buffer_each()
    {
        const int packs = 100;
        var arrays = new HashSet<byte[]>(ReferenceEqualityComparer.Instance);
        var store = new MemoryObjectStore { Spoils = (_, body) => new TellingStream(body, array => arrays.Add(array)) };
        await using var place = new PackPlace(store);

        for (var i = 0; i < packs; i++)
        {
            await FluentActions.Awaiting(() => place.FetchAsync(Bytes.Random(2000))).Should().ThrowAsync<WrongPackException>();
        }

        // Other tests use the same pool meanwhile.
        arrays.Count.Should().BeInRange(1, packs / 2);
    }

    [Fact]
    public async Task Buffer_that_an_adaptor_may_still_write_to_is_nobody_elses()
    {
        using var given = new CancellationTokenSource();
        var late = new LateStream();
        var first = new TransferBuffer();
        var read = first.ReadAsync(late, 10, given.Token).AsTask();
        first.Dispose();

        // On one thread the pool gives back what it got last: nothing is awaited in between.
        using var second = new TransferBuffer();
        var bytes = Bytes.Random(10);
        second.ReadAsync(new MemoryStream(bytes), 10, CancellationToken.None).AsTask().IsCompletedSuccessfully.Should().BeTrue();
        late.Write();
        second.Read(10).ToArray().Should().Equal(bytes);

        await given.CancelAsync();
        await FluentActions.Awaiting(() => read).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task More_bytes_than_were_asked_for_are_no_answer()
    {
        using var buffer = new TransferBuffer();

        var failed = await FluentActions.Awaiting(() => buffer.ReadAsync(new GenerousStream(), 10, CancellationToken.None).AsTask()).Should().ThrowAsync<ObjectStoreException>();

        failed.Which.Fault.Should().Be(ObjectStoreFault.Protocol);
    }

    /// <summary>Says that it gave more than there was room for.</summary>
    private sealed class GenerousStream : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => buffer.Length + 1;
    }

    /// <summary>Never answers, and then writes to what it was given.</summary>
    private sealed class LateStream : ReadOnlyStream
    {
        private Memory<byte> _given;

        public void Write() => _given.Span.Fill(0xff);

        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _given = buffer;
            await new TaskCompletionSource().Task;
            return 0;
        }
    }

    private sealed class TellingStream(Stream inner, Action<byte[]> given) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            MemoryMarshal.TryGetArray<byte>(buffer, out var array);
            given(array.Array!);
            return inner.ReadAsync(buffer, cancellationToken);
        }
    }
}
