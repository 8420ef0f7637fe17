using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>Reads what is new in a journal since the last time: of the newest part from where it stopped, of sorted parts only what is asked for.</summary>
/// <param name="layer">The upload layer.</param>
/// <param name="owner">Whose journal it is.</param>
/// <param name="own">The part that is written to here.</param>
/// <param name="reads">Whether what others wrote is to be known; where not, it counts as known.</param>
internal sealed class JournalFollower(LayerDirectory layer, JournalOwner owner, OpenPart own, bool reads)
{
    private JournalReader _reader = new();
    private JournalPart _reading;
    private bool _isReadToTheEnd;

    private JournalPosition End => _isReadToTheEnd ? JournalPosition.EndOf(_reading) : new JournalPosition(_reading, _reader.Offset);

    /// <summary>Goes on behind lines of one's own; false where others stand between them and what was read.</summary>
    public bool TrySkip(JournalPart part, long length, int lines, ConfirmedContent content)
    {
        if (_reading != part || length != _reader.Offset + lines)
        {
            return false;
        }

        _reader.Skip(length);
        content.Advance(End);
        return true;
    }

    /// <summary>Begins anew: places in a part that was sorted, or removed, mean nothing in the one that has its name now.</summary>
    public void Restart() => (_reader, _reading, _isReadToTheEnd) = (new JournalReader(), default, false);

    public void Follow(List<JournalPart> parts, OperationPulse pulse, ConfirmedContent content)
    {
        // A session that does not read knows nothing and asks for nothing: where it writes, it writes after all that.
        foreach (var part in parts.Where(part => part >= _reading && (reads || part == parts[^1])))
        {
            if (part > _reading)
            {
                (_reader, _reading, _isReadToTheEnd) = (new JournalReader(), part, false);
            }

            if (!_isReadToTheEnd)
            {
                FollowPart(part, part == parts[^1], pulse, content);
            }
        }

        content.Advance(End);
    }

    private void FollowPart(JournalPart part, bool isNewest, OperationPulse pulse, ConfirmedContent content)
    {
        try
        {
            var open = own.HandleOf(part);
            using var other = open is not null ? null : layer.FileSystem.OpenRead(JournalFiles.PathOf(layer, owner.Name, part));
            var handle = other ?? open!;
            var length = RandomAccess.GetLength(handle);
            if (!reads)
            {
                _reader.Skip(length);
                return;
            }

            // One's own open part was looked at when it was opened. Another may have been sorted since: then places in it mean nothing.
            var header = other is null ? new PartHeader(PartHeader.Form.Own, owner.Header) : owner.Recognise(handle, pulse);
            switch (header.State)
            {
                case PartHeader.Form.Own when other is not null && header.Record!.Table is { } table:
                    void Found(ReadOnlySpan<byte> line, long end) => content.Visit(line, JournalPosition.EndOf(part));
                    if (!SortedSearch.TryVisit(handle, table, content.Wanted, pulse, Found))
                    {
                        new JournalReader().Follow(handle, length, pulse, Found);
                    }

                    _isReadToTheEnd = true;
                    break;
                case PartHeader.Form.Own:
                    _reader.Follow(handle, length, pulse, (line, end) => content.Visit(line, new JournalPosition(part, end)));
                    break;
                case PartHeader.Form.Newer or PartHeader.Form.Foreign:
                    Doubt(part, content);
                    break;
                default:
                    break;
            }
        }
        catch (FileNotFoundException)
        {
            // Aged out since it was listed.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // One part that can't be read must not hide the others. What it may take back is in doubt.
            if (!isNewest)
            {
                Doubt(part, content);
                return;
            }

            // Others go on writing to this one. Called read, it would hide from this session what they take back there, and what the session then confirms
            // would count as if it knew. The next look tries again from here.
            content.Advance(End);
            content.Doubt(content.Now());
        }
    }

    private void Doubt(JournalPart part, ConfirmedContent content)
    {
        content.Doubt(JournalPosition.EndOf(part));
        _isReadToTheEnd = true;
    }
}
