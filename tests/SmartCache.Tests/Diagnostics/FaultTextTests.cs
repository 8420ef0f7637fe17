using SmartCache.Diagnostics;

namespace SmartCache.Tests.Diagnostics;

public class FaultTextTests
{
    [Theory]
    [InlineData("open 'manifest.json': Permission denied (errno 13)")]
    [InlineData("flock 'entry-0123456789abcdef0123456789abcdef': Input/output error (errno 5)")]
    [InlineData("'account' is locked by somebody else for more than 00:00:05.")]
    [InlineData("'evictor' is locked by somebody else for more than 00:00:05.")]
    [InlineData("open 'tombstones': Input/output error (errno 5)")]
    [InlineData("open 'facts-0123456789abcdef0123456789abcdef': Permission denied (errno 13)")]
    [InlineData("open 'journal-0123456789abcdef0123456789abcdef': Permission denied (errno 13)")]
    [InlineData("open 'verifier': Permission denied (errno 13)")]
    [InlineData("open 'history': Permission denied (errno 13)")]
    [InlineData("open '00000001.events': Permission denied (errno 13)")]
    [InlineData("open 'CACHEDIR.TAG': Permission denied (errno 13)")]
    [InlineData("Something in the trash of layer sources cannot be deleted: it can't be, it isn't ours")]
    public void Names_that_the_cache_gives_stay(string text) => FaultText.Of(new IOException(text)).Should().Be(text);

    [Theory]
    [InlineData("open 't0ken.mp4': No space left on device (errno 28)", "open '…': No space left on device (errno 28)")]
    [InlineData("Could not find a part of the path '/work/it's a \"t0ken\"/x.mp4'.", "Could not find a part of the path '…'.")]
    [InlineData("Access to the path \"C:\\t0ken\" is denied.", "Access to the path '…' is denied.")]
    [InlineData("open 'a\nt0ken' and 't0ken'", "open '…'")]
    public void Every_other_quoted_name_may_be_the_end_of_a_url(string text, string logged) => FaultText.Of(new IOException(text)).Should().Be(logged);
}
