using System.Numerics;
using System.Text;

namespace SmartCache.Stages.Kubo;

/// <summary>The two alphabets in which nodes write CIDs.</summary>
internal static class Multibase
{
    private const string Base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const string Base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    public static string ToBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        int buffer = 0, bits = 0;
        foreach (var value in bytes)
        {
            buffer = (buffer << 8) | value;
            bits += 8;
            while (bits >= 5)
                text.Append(Base32Alphabet[(buffer >> (bits -= 5)) & 31]);
            buffer &= (1 << bits) - 1;
        }
        if (bits > 0)
            text.Append(Base32Alphabet[(buffer << (5 - bits)) & 31]);
        return text.ToString();
    }

    /// <summary><see langword="null"/> for anything but the one spelling that <see cref="ToBase32"/> gives.</summary>
    public static byte[]? FromBase32(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length * 5 / 8];
        int buffer = 0, bits = 0, count = 0;
        foreach (var letter in text)
        {
            var value = Base32Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (value < 0)
                return null;
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits >= 8)
            {
                bytes[count++] = (byte)(buffer >> (bits -= 8));
                buffer &= (1 << bits) - 1;
            }
        }
        return bits < 5 && buffer == 0 ? bytes : null;
    }

    public static string ToBase58(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new StringBuilder();
        while (number > 0)
        {
            number = BigInteger.DivRem(number, 58, out var digit);
            text.Insert(0, Base58Alphabet[(int)digit]);
        }
        for (var i = 0; i < bytes.Length && bytes[i] == 0; i++)
            text.Insert(0, '1');
        return text.ToString();
    }

    /// <summary><see langword="null"/> for a letter outside the alphabet.</summary>
    public static byte[]? FromBase58(ReadOnlySpan<char> text)
    {
        var number = BigInteger.Zero;
        var zeros = 0;
        foreach (var letter in text)
        {
            var value = Base58Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (value < 0)
                return null;
            if (number.IsZero && value == 0)
                zeros++;
            number = number * 58 + value;
        }
        return [.. new byte[zeros], .. number.IsZero ? [] : number.ToByteArray(isUnsigned: true, isBigEndian: true)];
    }
}
