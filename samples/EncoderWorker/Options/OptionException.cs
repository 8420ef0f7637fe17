namespace EncoderWorker.Options;

/// <summary>The command line makes no sense; the message says how it would.</summary>
internal sealed class OptionException(string message) : Exception(message);
