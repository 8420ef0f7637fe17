using System.Text;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

/// <summary>Lines of a part as they are read in chunks, over and over while others append.</summary>
public sealed class JournalReaderTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly JournalReader _reader = new();
    private readonly List<(string Line, long End)> _lines = [];

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Complete_lines_are_given_once_with_where_they_end_and_a_torn_one_when_it_is_whole()
    {
        Append("one\n\ntwo\nthr");
        Follow().Should().Equal(("one", 4), ("two", 9));
        _reader.Offset.Should().Be(9);

        Append("ee\n");
        Follow().Should().Equal(("three", 15));
        Follow().Should().BeEmpty();
        _reader.Offset.Should().Be(15);
    }

    [Fact]
    public void What_was_read_to_the_length_that_is_known_is_not_read_again()
    {
        Append("one\n");
        Follow();
        Append("two\n");

        Follow(length: 4).Should().BeEmpty();

        _reader.Offset.Should().Be(4);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(16 << 10)]
    [InlineData(100_000)]
    [InlineData(JournalReader.MaxLine)]
    public void Lines_of_any_length_up_to_the_limit_come_whole(int length)
    {
        var lines = Enumerable.Range(0, 6).Select(i => new string((char)('a' + i), length - i)).ToList();
        Append(string.Concat(lines.Select(static line => line + "\n")));

        Follow().Select(static line => line.Line).Should().Equal(lines);
        _reader.Offset.Should().Be(new FileInfo(_path).Length);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(100_000)]
    [InlineData(JournalReader.MaxLine)]
    public void Lines_that_others_append_while_a_little_is_read_come_whole(int length)
    {
        // Opened where a few bytes were known: the buffer is a small one.
        var lines = Enumerable.Range(0, 3).Select(i => new string((char)('a' + i), length - i)).ToList();
        Append("x\n" + string.Concat(lines.Select(static line => line + "\n")));

        Follow(length: 2).Select(static line => line.Line).Should().Equal(["x", .. lines]);
        _reader.Offset.Should().Be(new FileInfo(_path).Length);
    }

    [Fact]
    public void Line_as_long_as_may_be_is_waited_for_until_it_ends()
    {
        var line = new string('x', JournalReader.MaxLine);
        Append(line);
        Follow().Should().BeEmpty();
        _reader.Offset.Should().Be(0);

        Append("\n");
        Follow().Select(static read => read.Line).Should().Equal(line);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(700_000)]
    [InlineData(5_000_000)]
    public void Line_above_the_limit_is_skipped_and_what_stands_around_it_is_read(int more)
    {
        Append("before\n" + new string('x', JournalReader.MaxLine + more) + "\nafter\n");

        Follow().Select(static line => line.Line).Should().Equal("before", "after");
        _reader.Offset.Should().Be(new FileInfo(_path).Length);
    }

    [Fact]
    public void Line_above_the_limit_that_grows_is_skipped_to_its_end()
    {
        Append(new string('x', JournalReader.MaxLine + 1));
        Follow().Should().BeEmpty();
        Append("still the same line");
        Follow().Should().BeEmpty();
        Append("\nafter\n");

        Follow().Select(static line => line.Line).Should().Equal("after");
    }

    [Fact]
    public void Part_of_many_chunks_is_read_line_by_line()
    {
        var lines = Enumerable.Range(0, 100_000).Select(static i => $"line {i:D10} with some more in it").ToList();
        Append(string.Concat(lines.Select(static line => line + "\n")));

        Follow().Select(static line => line.Line).Should().Equal(lines);
        _lines[^1].End.Should().Be(new FileInfo(_path).Length);
    }

    [Fact]
    public void What_is_skipped_is_not_read()
    {
        Append("one\ntwo\n");
        _reader.Skip(4);

        Follow().Should().Equal(("two", 8));
    }

    private List<(string Line, long End)> Follow(long? length = null)
    {
        _lines.Clear();
        using var handle = FileSystem.Current.OpenRead(_path);
        _reader.Follow(handle, length ?? new FileInfo(_path).Length, Entries.Pulse, (line, end) => _lines.Add((Encoding.UTF8.GetString(line), end)));
        return [.. _lines];
    }

    private void Append(string text) => File.AppendAllText(_path, text);
}
